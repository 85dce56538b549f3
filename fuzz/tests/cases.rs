//! Every case that is kept is tried: seeds, and what the fuzzer found.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path};

use hearthline_fuzz::TARGETS;

#[test]
fn ing_10_every_kept_case_of_every_reader_and_signature_check_holds() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    for target in TARGETS {
        let mut tried = 0;
        for case in fs::read_dir(cases.join(target.name)).unwrap() {
            let path = case.unwrap().path();
            eprintln!("{} {}", target.name, path.file_name().unwrap().to_string_lossy());
            (target.check)(&fs::read(&path).unwrap());
            tried += 1;
        }
        assert!(tried > 0, "{} has no case", target.name);
    }
}
