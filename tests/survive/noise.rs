//! Random byte strings from a fixed seed: some shaped like messages, most of them wrong.

use futures_util::StreamExt;

use crate::support::frames;

/// What the strings try to look like.
#[derive(Clone, Copy)]
pub enum Noise {
    /// What comes first on a connection.
    Startup,
    /// What comes after the login.
    Frames,
}

/// Hands `count` strings to `send`, sixteen at a time.
pub async fn strings(seed: u64, count: usize, noise: Noise, send: impl AsyncFn(Vec<u8>)) {
    let mut random = Random(seed);
    let all = (0..count).map(|_| random.string(noise)).collect::<Vec<_>>();
    futures_util::stream::iter(all).for_each_concurrent(16, async |bytes| send(bytes).await).await;
}

/// SplitMix64: the same numbers everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.next() as u8).collect()
    }

    fn string(&mut self, noise: Noise) -> Vec<u8> {
        let whole = match noise {
            _ if self.below(4) == 0 => self.bytes(300),
            Noise::Startup => self.packet(),
            Noise::Frames => (0..=self.below(6)).flat_map(|_| self.frame()).collect(),
        };
        let end = if self.below(4) == 0 { self.below(whole.len() + 1) } else { whole.len() };
        whole[..end].to_vec()
    }

    fn packet(&mut self) -> Vec<u8> {
        let codes = [3 << 16, 3 << 16 | 2, 2 << 16, 80_877_102, 80_877_103, 80_877_104, self.next() as i32];
        let code = codes[self.below(codes.len())];
        let body =
            if self.below(2) == 0 { self.bytes(200) } else { b"user\0app\0database\0app\0\0".to_vec() };
        [frames::untagged(code, &body), self.bytes(20)].concat()
    }

    /// A frame of a known type with a body that is right, a little wrong, or nonsense.
    fn frame(&mut self) -> Vec<u8> {
        let mut frame = match self.below(14) {
            0 => frames::query("select 1"),
            1 => frames::query("begin; select 1/0"),
            2 => frames::parse("a", "select $1::text", &[25]),
            3 => frames::bind("p", "a", &[Some(b"x")]),
            4 => frames::execute("p", 1),
            5 => frames::describe_statement("a"),
            6 => frames::close_statement("a"),
            7 => frames::sync(),
            8 => frames::flush(),
            9 => frames::copy_data(b"1\n"),
            10 => frames::query("copy t from stdin"),
            11 => frames::copy_done(),
            12 => frames::frame(b'F', &self.bytes(40)),
            _ => {
                let tag = b"QPBDECSHFXdcfp"[self.below(14)];
                frames::frame(tag, &self.bytes(60))
            }
        };
        if self.below(5) == 0 {
            let at = self.below(frame.len());
            frame[at] = self.next() as u8;
        }
        frame
    }
}
