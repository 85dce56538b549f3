//! The contract as plainly as it can be written: lists, searched from the start. Slow, and easily seen to be right.

use crate::{
    Commit, Discipline, KeyRange, Outcome, Partition, Row, Slice, StoreError, Token, Write, check_clear,
    check_put, supersedes,
};

#[derive(Default)]
pub struct Model {
    commits: Vec<Committed>,
    cells: Vec<Cell>,
}

/// The latest commit of a partition.
struct Committed {
    partition: Partition,
    version: u64,
    token: Token,
}

/// A row, or the memory of its deletion.
struct Cell {
    partition: Partition,
    write: Write,
    stamp: u64,
}

impl Model {
    pub fn version(&self, partition: &Partition) -> u64 {
        self.latest(partition).map_or(0, |latest| latest.version)
    }

    pub fn read(&self, partition: &Partition, range: &KeyRange) -> Slice {
        let mut rows: Vec<Row> = Vec::new();
        for cell in self.cells.iter().filter(|cell| cell.partition == *partition) {
            if let Write::Put { key, value } = &cell.write
                && range.contains(key)
            {
                rows.push(Row { key: key.clone(), value: value.clone() });
            }
        }
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        rows.truncate(range.limit);
        let token = self.latest(partition).map_or(Token::NONE, |latest| latest.token);
        Slice { version: self.version(partition), token, rows }
    }

    pub fn commit(&mut self, commit: Commit) -> Result<Outcome, StoreError> {
        commit.check()?;
        let version = self.version(&commit.partition);
        if version != commit.expected {
            return Ok(Outcome::Conflict { version });
        }
        self.commits.retain(|latest| latest.partition != commit.partition);
        let latest = Committed { partition: commit.partition, version: version + 1, token: commit.token };
        for write in commit.writes {
            self.write(&latest.partition, 0, write);
        }
        self.commits.push(latest);
        Ok(Outcome::Applied)
    }

    pub fn put(&mut self, partition: &Partition, stamp: u64, writes: Vec<Write>) -> Result<(), StoreError> {
        check_put(partition, stamp, &writes)?;
        for write in writes {
            self.write(partition, stamp, write);
        }
        Ok(())
    }

    pub fn clear(&mut self, partition: &Partition, range: &KeyRange) -> Result<(), StoreError> {
        check_clear(partition)?;
        self.cells.retain(|cell| cell.partition != *partition || !range.contains(cell.write.key()));
        Ok(())
    }

    fn write(&mut self, partition: &Partition, stamp: u64, write: Write) {
        let same = |cell: &Cell| cell.partition == *partition && cell.write.key() == write.key();
        let stamped = partition.table.discipline() == Discipline::Stamped;
        let change = (stamp, value_of(&write));
        if stamped
            && self
                .cells
                .iter()
                .any(|cell| same(cell) && !supersedes(change, (cell.stamp, value_of(&cell.write))))
        {
            return;
        }
        self.cells.retain(|cell| !same(cell));
        let deletion = matches!(write, Write::Delete { .. });
        // Only stamped tables remember deletions.
        if stamped || !deletion {
            self.cells.push(Cell { partition: partition.clone(), write, stamp });
        }
    }

    fn latest(&self, partition: &Partition) -> Option<&Committed> {
        self.commits.iter().find(|latest| latest.partition == *partition)
    }
}

fn value_of(write: &Write) -> Option<&[u8]> {
    match write {
        Write::Put { value, .. } => Some(value),
        Write::Delete { .. } => None,
    }
}
