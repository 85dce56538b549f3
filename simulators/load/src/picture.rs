//! Pictures as clients send them: floor plans, drawn by seed, as PNG files without compression.

use crate::dice::Dice;

const WIDTH: usize = 360;
const HEIGHT: usize = 240;
/// Paper, walls, and floors: red, green and blue.
const COLOURS: [[u8; 3]; 8] = [
    [250, 248, 243],
    [52, 58, 70],
    [236, 226, 208],
    [214, 228, 222],
    [226, 220, 236],
    [240, 219, 208],
    [210, 222, 238],
    [172, 140, 110],
];
const WALL: u8 = 1;
const DOOR: u8 = 7;

/// A room: from there to there, in pixels.
#[derive(Clone, Copy)]
struct Room {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

/// A floor plan.
#[must_use]
pub fn floor_plan(seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed, 3_000_000);
    let mut pixels = vec![0_u8; WIDTH * HEIGHT];
    let whole = Room { left: 20, top: 20, right: WIDTH - 20, bottom: HEIGHT - 20 };
    for room in split(&mut dice, whole, 3) {
        draw(&mut pixels, &mut dice, room);
    }
    png(&pixels)
}

/// Halves a flat until its rooms are small enough.
fn split(dice: &mut Dice, room: Room, times: u32) -> Vec<Room> {
    let (width, height) = (room.right - room.left, room.bottom - room.top);
    if times == 0 || width.max(height) < 90 {
        return vec![room];
    }
    let share =
        |length: usize, dice: &mut Dice| length * usize::try_from(dice.between(38, 62)).unwrap_or(50) / 100;
    let (one, other) = if width >= height {
        let middle = room.left + share(width, dice);
        (Room { right: middle, ..room }, Room { left: middle, ..room })
    } else {
        let middle = room.top + share(height, dice);
        (Room { bottom: middle, ..room }, Room { top: middle, ..room })
    };
    let mut rooms = split(dice, one, times - 1);
    rooms.extend(split(dice, other, times - 1));
    rooms
}

fn draw(pixels: &mut [u8], dice: &mut Dice, room: Room) {
    let floor = u8::try_from(dice.between(2, 6)).unwrap_or(2);
    for y in room.top..=room.bottom {
        for x in room.left..=room.right {
            let edge = x.abs_diff(room.left).min(x.abs_diff(room.right)) < 3
                || y.abs_diff(room.top).min(y.abs_diff(room.bottom)) < 3;
            pixels[y * WIDTH + x] = if edge { WALL } else { floor };
        }
    }
    let door = (room.left + room.right) / 2;
    for x in door..door + 18 {
        for y in room.bottom - 2..=room.bottom {
            pixels[y * WIDTH + x] = DOOR;
        }
    }
}

/// PNG (ISO/IEC 15948) with a palette, eight bits a pixel, its data in stored blocks.
fn png(pixels: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(pixels.len() + HEIGHT);
    for line in pixels.chunks(WIDTH) {
        // No filter.
        lines.push(0);
        lines.extend_from_slice(line);
    }
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let header = [&size(WIDTH)[..], &size(HEIGHT)[..], &[8, 3, 0, 0, 0]].concat();
    for (kind, data) in
        [(b"IHDR", header), (b"PLTE", COLOURS.concat()), (b"IDAT", stored(&lines)), (b"IEND", Vec::new())]
    {
        file.extend_from_slice(&size(data.len()));
        let mut crc = crc32fast::Hasher::new();
        crc.update(kind);
        crc.update(&data);
        file.extend_from_slice(kind);
        file.extend_from_slice(&data);
        file.extend_from_slice(&crc.finalize().to_be_bytes());
    }
    file
}

/// zlib (RFC 1950) around blocks that are stored as they are (RFC 1951, 3.2.4).
fn stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let blocks = data.chunks(0xffff).count();
    for (n, block) in data.chunks(0xffff).enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(n + 1 == blocks));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    let (low, high) = data.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    out.extend_from_slice(&(high << 16 | low).to_be_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks the chunks of a PNG and gives back their names and sizes; every checksum must be right.
    fn chunks(mut file: &[u8]) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        file = file.strip_prefix(b"\x89PNG\r\n\x1a\n").expect("a PNG");
        while let Some((length, rest)) = file.split_first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize;
            let (covered, rest) = rest.split_at(4 + length);
            let (crc, rest) = rest.split_first_chunk::<4>().expect("a checksum");
            assert_eq!(crc32fast::hash(covered), u32::from_be_bytes(*crc));
            found.push((String::from_utf8_lossy(&covered[..4]).into_owned(), length));
            file = rest;
        }
        found
    }

    #[test]
    fn a_plan_is_a_whole_png_and_differs_by_seed() {
        let plan = floor_plan(1);
        let names: Vec<String> = chunks(&plan).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["IHDR", "PLTE", "IDAT", "IEND"]);
        assert_eq!(plan, floor_plan(1));
        assert_ne!(plan, floor_plan(2));
        // Stored blocks: two bytes of head, five for each block, the lines, four of checksum.
        let lines = (WIDTH + 1) * HEIGHT;
        assert_eq!(chunks(&plan)[2].1, 2 + 5 * lines.div_ceil(0xffff) + lines + 4);
    }
}
