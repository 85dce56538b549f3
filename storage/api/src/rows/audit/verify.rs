//! The verifier: reads all of a tenant's chains and says what is not as it was written.

use hearthline_engine::ids::TenantId;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::{BTreeMap, BTreeSet};

use super::{
    ChainId, EntryRow, HEAD_ROW, HeadRow, Mark, Origin, RegisterRow, Seen, Signer, TOTAL_ROW, TotalRow,
    entry_hash, read_entry_key, read_origin_key, read_register_key, register_partition,
};
use crate::{
    KeyRange, Keyring, Row, Store,
    rows::{
        codec::{RowError, decode, encode},
        timeline::Month,
    },
};

/// Rows read at once.
const PAGE: usize = 512;
/// More findings of one tenant are not listed; one is enough.
const FINDINGS: usize = 100;

/// What is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// A row that nobody wrote, or that can't be read.
    ForeignRow,
    /// An entry is missing, or stands at another's place.
    SequenceBroken,
    /// An entry is not what its hash says, or does not follow the one before.
    EntryChanged,
    /// The chain has no head.
    HeadMissing,
    /// The head does not bear our signature.
    HeadForged,
    /// The chain ends before or behind its head.
    HeadDiffers,
    /// The mark of where an entry came from is missing, or names another entry.
    OriginDiffers,
    /// The register does not bear our signature, or names fewer or more chains than it did.
    RegisterForged,
    /// The chain ends before what was answered for, or is another one.
    BehindRegister,
    /// The chain ends before what another chain has seen of it, or is another one.
    BehindWitness,
    /// The chain ends before a noted anchor, or is another one.
    BehindAnchor,
}

impl Wrong {
    /// The name in answers and output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ForeignRow => "foreign_row",
            Self::SequenceBroken => "sequence_broken",
            Self::EntryChanged => "entry_changed",
            Self::HeadMissing => "head_missing",
            Self::HeadForged => "head_forged",
            Self::HeadDiffers => "head_differs",
            Self::OriginDiffers => "origin_differs",
            Self::RegisterForged => "register_forged",
            Self::BehindRegister => "behind_register",
            Self::BehindWitness => "behind_witness",
            Self::BehindAnchor => "behind_anchor",
        }
    }
}

/// One thing that the verifier found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// None: the register.
    pub chain: Option<ChainId>,
    /// The entry at which it shows; 0 where it is about the chain as a whole.
    pub seq: u64,
    pub wrong: Wrong,
}

/// How far a tenant's chains had got at some moment, to be kept where nobody who writes to the store can reach it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    pub chains: Vec<Seen>,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub chains: u64,
    pub entries: u64,
    /// Empty: everything is as it was written. At most a hundred.
    pub findings: Vec<Finding>,
    /// How far the chains have got now.
    pub anchor: Anchor,
}

/// Reads a tenant's whole log. What is being written meanwhile is no finding. `noted`: the chains must have gone on from
/// there.
///
/// # Errors
/// [`RowError`] when the store does not answer; what it answers wrongly is a finding.
pub async fn verify(
    store: &dyn Store,
    keyring: &dyn Keyring,
    tenant: TenantId,
    noted: Option<&Anchor>,
) -> Result<Verified, RowError> {
    let mut check = Check { store, signer: Signer::of(keyring), tenant, findings: Vec::new() };
    let register = check.register().await?;
    let mut read = BTreeMap::new();
    for (chain, registered) in &register {
        let hashes = check.chain(chain, registered).await?;
        read.insert((chain.month, chain.shard), hashes);
    }
    check.read_what_grew(&mut read).await?;
    for ((month, shard), hashes) in &read {
        for (at, seen) in &hashes.seen {
            let witness = ChainId { tenant, month: *month, shard: *shard };
            check.compare(&read, seen, witness, *at, Wrong::BehindWitness);
        }
    }
    for seen in noted.iter().flat_map(|anchor| &anchor.chains) {
        let id = ChainId { tenant, month: seen.month, shard: seen.shard };
        check.compare(&read, seen, id, seen.mark.count, Wrong::BehindAnchor);
    }
    let anchor = read.iter().map(|((month, shard), hashes)| Seen {
        month: *month,
        shard: *shard,
        mark: hashes.mark(),
    });
    Ok(Verified {
        chains: read.len() as u64,
        entries: read.values().map(|hashes| hashes.of.len() as u64).sum(),
        anchor: Anchor { chains: anchor.collect() },
        findings: check.findings,
    })
}

/// The hashes of a chain's entries, the first one first, and what they have seen of other chains.
struct Hashes {
    of: Vec<[u8; 32]>,
    seen: Vec<(u64, Seen)>,
}

impl Hashes {
    fn mark(&self) -> Mark {
        self.of.last().map_or(Mark::START, |hash| Mark { count: self.of.len() as u64, hash: *hash })
    }
    fn holds(&self, mark: &Mark) -> bool {
        let Some(index) = mark.count.checked_sub(1) else { return true };
        usize::try_from(index).ok().and_then(|index| self.of.get(index)) == Some(&mark.hash)
    }
}

/// A row exactly as this version writes it: what was added beside its fields is a change of it too.
fn exact<T: Serialize + DeserializeOwned>(row: &Row) -> Option<T> {
    decode::<T>("audit", &row.value).ok().filter(|read| encode(read) == row.value)
}

struct Check<'a> {
    store: &'a dyn Store,
    signer: Signer,
    tenant: TenantId,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn found(&mut self, chain: Option<ChainId>, seq: u64, wrong: Wrong) {
        let finding = Finding { chain, seq, wrong };
        if self.findings.len() < FINDINGS && !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    async fn register(&mut self) -> Result<BTreeMap<ChainId, Mark>, RowError> {
        let slice = self.store.read(&register_partition(self.tenant), &KeyRange::all()).await?;
        let (mut register, mut total) = (BTreeMap::new(), None);
        for row in &slice.rows {
            if row.key == TOTAL_ROW {
                total = exact::<TotalRow>(row);
            } else if let (Ok(chain), Some(registered)) =
                (read_register_key(self.tenant, &row.key), exact::<RegisterRow>(row))
                && row.key == super::register_key(&chain)
            {
                if self.signer.register(&chain, registered.mark) != registered {
                    self.found(Some(chain), 0, Wrong::RegisterForged);
                }
                register.insert(chain, registered.mark);
            } else {
                self.found(None, 0, Wrong::ForeignRow);
            }
        }
        let expected = self.signer.total(self.tenant, &register);
        if slice.version > 0 && total != Some(expected) {
            self.found(None, 0, Wrong::RegisterForged);
        }
        Ok(register)
    }

    /// Reads a chain up to its head as it stood when the reading began.
    async fn chain(&mut self, chain: &ChainId, registered: &Mark) -> Result<Hashes, RowError> {
        let at_first = self.store.read(&chain.partition(), &KeyRange::exactly(HEAD_ROW)).await?;
        let head = at_first.rows.first().and_then(exact::<HeadRow>);
        let Some(head) = head else {
            self.found(Some(*chain), 0, Wrong::HeadMissing);
            return Ok(Hashes { of: Vec::new(), seen: Vec::new() });
        };
        if !self.signer.signed_head(chain, &head) {
            self.found(Some(*chain), 0, Wrong::HeadForged);
        }
        let mut origins = BTreeMap::new();
        let hashes = self.entries(chain, &head, &mut origins).await?;
        self.origins(chain, &head, origins).await?;
        self.foreign(chain).await?;
        if hashes.mark() != head.mark {
            self.found(Some(*chain), head.mark.count, Wrong::HeadDiffers);
        }
        if !hashes.holds(registered) {
            self.found(Some(*chain), registered.count, Wrong::BehindRegister);
        }
        Ok(hashes)
    }

    async fn entries(
        &mut self,
        chain: &ChainId,
        head: &HeadRow,
        origins: &mut BTreeMap<Origin, u64>,
    ) -> Result<Hashes, RowError> {
        let mut hashes = Hashes { of: Vec::new(), seen: Vec::new() };
        let (mut prev, mut next) = (Mark::START.hash, 1);
        let mut range = KeyRange::prefix(b"e").limit(PAGE);
        loop {
            let rows = self.store.read(&chain.partition(), &range).await?.rows;
            for row in &rows {
                if next > head.mark.count && self.is_behind(chain, row, head).await? {
                    return Ok(hashes);
                }
                let entry = self.entry(chain, row, &prev, next);
                prev = entry.as_ref().map_or([0; 32], |entry| entry.hash);
                hashes.of.push(prev);
                if let Some(entry) = entry {
                    origins.insert(entry.origin, entry.seq);
                    hashes.seen.extend(entry.seen.map(|seen| (entry.seq, seen)));
                }
                next += 1;
            }
            let Some(last) = rows.last().filter(|_| rows.len() == PAGE) else { return Ok(hashes) };
            range.from = [last.key.as_ref(), &[0]].concat().into();
        }
    }

    /// Whether an entry behind the head was written since the head was read.
    async fn is_behind(&self, chain: &ChainId, row: &Row, head: &HeadRow) -> Result<bool, RowError> {
        let now = self.store.read(&chain.partition(), &KeyRange::exactly(HEAD_ROW)).await?;
        let now = now.rows.first().and_then(exact::<HeadRow>);
        let grown = now.filter(|now| now.mark.count > head.mark.count && self.signer.signed_head(chain, now));
        Ok(grown.is_some_and(|now| read_entry_key(&row.key).is_ok_and(|seq| seq <= now.mark.count)))
    }

    /// The entry of a row, if it can be read at all.
    fn entry(&mut self, chain: &ChainId, row: &Row, prev: &[u8; 32], next: u64) -> Option<EntryRow> {
        let Some(entry) = exact::<EntryRow>(row) else {
            self.found(Some(*chain), next, Wrong::EntryChanged);
            return None;
        };
        if entry.seq != next || row.key != super::entry_key(next) {
            self.found(Some(*chain), next, Wrong::SequenceBroken);
        }
        if entry_hash(chain, prev, &entry) != entry.hash {
            self.found(Some(*chain), next, Wrong::EntryChanged);
        }
        Some(entry)
    }

    async fn origins(
        &mut self,
        chain: &ChainId,
        head: &HeadRow,
        mut expected: BTreeMap<Origin, u64>,
    ) -> Result<(), RowError> {
        let mut range = KeyRange::prefix(b"x").limit(PAGE);
        loop {
            let rows = self.store.read(&chain.partition(), &range).await?.rows;
            for row in &rows {
                let origin =
                    read_origin_key(&row.key).ok().filter(|origin| row.key == super::origin_key(origin));
                let seq = exact::<u64>(row);
                match (origin, seq) {
                    (Some(origin), Some(seq)) if expected.remove(&origin) == Some(seq) => {}
                    // Of an entry that was written since.
                    (Some(_), Some(seq)) if seq > head.mark.count && self.grew_to(chain, seq).await? => {}
                    (_, seq) => self.found(Some(*chain), seq.unwrap_or(0), Wrong::OriginDiffers),
                }
            }
            let Some(last) = rows.last().filter(|_| rows.len() == PAGE) else { break };
            range.from = [last.key.as_ref(), &[0]].concat().into();
        }
        for seq in expected.into_values() {
            self.found(Some(*chain), seq, Wrong::OriginDiffers);
        }
        Ok(())
    }

    async fn grew_to(&self, chain: &ChainId, seq: u64) -> Result<bool, RowError> {
        let slice = self.store.read(&chain.partition(), &KeyRange::exactly(HEAD_ROW)).await?;
        let head = slice.rows.first().and_then(exact::<HeadRow>);
        Ok(head.is_some_and(|head| self.signer.signed_head(chain, &head) && seq <= head.mark.count))
    }

    /// A chain's partition holds entries, origins and a head, and nothing else.
    async fn foreign(&mut self, chain: &ChainId) -> Result<(), RowError> {
        let known: BTreeSet<&[u8]> = BTreeSet::from([HEAD_ROW]);
        let gaps = [(&b""[..], &b"e"[..]), (b"f", b"x"), (b"y", b"")];
        for (from, to) in gaps {
            let to = (!to.is_empty()).then(|| to.to_vec().into());
            let range = KeyRange { from: from.to_vec().into(), to, limit: 2 };
            let rows = self.store.read(&chain.partition(), &range).await?.rows;
            if rows.iter().any(|row| !known.contains(row.key.as_ref())) {
                self.found(Some(*chain), 0, Wrong::ForeignRow);
            }
        }
        Ok(())
    }

    /// A chain may have been read before another one saw it grow: it is read again, once.
    async fn read_what_grew(&mut self, read: &mut BTreeMap<(Month, u8), Hashes>) -> Result<(), RowError> {
        let seen = read.values().flat_map(|hashes| &hashes.seen).map(|(_, seen)| *seen);
        let short = |seen: &Seen| {
            read.get(&(seen.month, seen.shard)).is_none_or(|of| (of.of.len() as u64) < seen.mark.count)
        };
        let grew: BTreeSet<(Month, u8)> = seen.filter(short).map(|seen| (seen.month, seen.shard)).collect();
        for (month, shard) in grew {
            let chain = ChainId { tenant: self.tenant, month, shard };
            let hashes = self.chain(&chain, &Mark::START).await?;
            read.insert((month, shard), hashes);
        }
        Ok(())
    }

    /// A chain must hold what was seen of it.
    fn compare(
        &mut self,
        read: &BTreeMap<(Month, u8), Hashes>,
        seen: &Seen,
        of: ChainId,
        at: u64,
        wrong: Wrong,
    ) {
        let stands = read.get(&(seen.month, seen.shard)).is_some_and(|hashes| hashes.holds(&seen.mark));
        if !stands {
            self.found(Some(of), at, wrong);
        }
    }
}
