//! What clients write in the demo: first messages in five languages, as people send them.

/// A client's first message.
pub struct Opening {
    pub from: &'static str,
    pub text: &'static str,
}

/// Numbers are of the ranges that are reserved for fiction or tests in their countries.
pub const OPENINGS: &[Opening] = &[
    Opening {
        from: "+14155550117",
        text: "Hi, is the 2 bed on Alder St still available? We could come Saturday morning.",
    },
    Opening {
        from: "+33639980121",
        text: "Bonjour, le T3 rue Duquesne est-il encore libre ? Budget 320 000 €, visite possible jeudi.",
    },
    Opening {
        from: "+14155550133",
        text: "Olá! Vi o apartamento da Rua das Flores, 3 quartos. Ainda está disponível? Posso visitar sábado de manhã.",
    },
    Opening {
        from: "+34600000114",
        text: "Buenas tardes, busco piso de dos habitaciones cerca del metro, hasta 900 al mes. ¿Se puede ver esta semana?",
    },
    Opening {
        from: "+14155550148",
        text: "مرحبا، هل ما زالت الشقة ذات الثلاث غرف متاحة؟ يمكنني الزيارة يوم السبت",
    },
    Opening {
        from: "+14155550152",
        text: "Chào anh, căn hộ 2 phòng ngủ còn không ạ? Em muốn xem nhà cuối tuần này.",
    },
    Opening {
        from: "+14155550160",
        text: "we saw ur listing on maple ave.. does it come w parking?? and are dogs ok",
    },
    Opening {
        from: "+33639980174",
        text: "Bonsoir, pouvez-vous me rappeler au sujet de la maison avec jardin ? Merci, Claire",
    },
];

/// What they write next, some time later.
pub const FOLLOW_UPS: &[&str] = &[
    "Any news on this?",
    "Saturday 10:00 works for us.",
    "Pouvez-vous m'envoyer le plan ?",
    "¿Hay ascensor en el edificio?",
    "Obrigada! Qual é o valor do condomínio?",
];
