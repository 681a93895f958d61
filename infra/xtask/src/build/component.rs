//! The binary form of a component, read as far as it takes to replace the module inside.
//!
//! ```text
//! 8 bytes of header, then sections: ID  LENGTH (LEB128)  PAYLOAD      a section with the id 1 holds one core module
//! ```

use std::ops::Range;

/// Magic, and the version and layer of a component (a module's would be `01 00 00 00`).
const HEADER: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// The id of a section that holds a core module.
const CORE_MODULE: u8 = 1;

/// The position of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    /// The whole section, with id and length.
    pub whole: Range<usize>,
    /// Its payload.
    pub payload: Range<usize>,
}

/// The largest module of the component: rustc's own. The linker adds small ones.
pub(super) fn largest_module(component: &[u8]) -> Option<Section> {
    let mut rest = component.strip_prefix(&HEADER)?;
    let mut largest: Option<Section> = None;
    while let Some((&id, behind)) = rest.split_first() {
        let start = component.len() - rest.len();
        let (length, payload) = length(behind)?;
        let from = component.len() - payload.len();
        rest = payload.get(length..)?;
        let section = Section { whole: start..from + length, payload: from..from + length };
        if id == CORE_MODULE && largest.as_ref().is_none_or(|largest| largest.payload.len() < length) {
            largest = Some(section);
        }
    }
    largest
}

/// The component with `module` in place of the section's.
pub(super) fn replaced(component: &[u8], section: &Section, module: &[u8]) -> Vec<u8> {
    let mut made = component[..section.whole.start].to_vec();
    made.push(CORE_MODULE);
    let mut left = module.len();
    loop {
        let seven = (left & 0x7f) as u8;
        left >>= 7;
        made.push(if left == 0 { seven } else { seven | 0x80 });
        if left == 0 {
            break;
        }
    }
    made.extend_from_slice(module);
    made.extend_from_slice(&component[section.whole.end..]);
    made
}

/// Reads a LEB128 number of at most 32 bits; returns it with the bytes after it.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0;
    for (index, &byte) in bytes.iter().enumerate().take(5) {
        number |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(modules: &[&[u8]]) -> Vec<u8> {
        let mut bytes = HEADER.to_vec();
        bytes.extend([7, 2, 0xaa, 0xbb]);
        for module in modules {
            let length = module.len();
            bytes.extend([CORE_MODULE, (length & 0x7f) as u8 | 0x80, (length >> 7) as u8]);
            bytes.extend_from_slice(module);
        }
        bytes.extend([10, 1, 0xcc]);
        bytes
    }

    #[test]
    fn only_largest_module_is_replaced() {
        let before = component(&[&[1; 10], &[2; 300], &[3; 20]]);
        let module = largest_module(&before).expect("there should be modules");
        assert_eq!(before[module.payload.clone()], [2; 300]);
        let after = replaced(&before, &module, &[4; 200]);
        assert_eq!(after, component(&[&[1; 10], &[4; 200], &[3; 20]]));
    }

    #[test]
    fn other_bytes_have_no_module() {
        assert_eq!(largest_module(b"\0asm\x01\0\0\0"), None, "a bare module should not pass");
        let mut cut = component(&[&[1; 300]]);
        cut.truncate(100);
        assert_eq!(largest_module(&cut), None, "one that is cut off should not pass");
    }
}
