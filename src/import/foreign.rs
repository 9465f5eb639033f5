//! East Asian encodings, whose tables are large: natively those of `encoding_rs`, in the page those of the browser, which the
//! page [`install`]s. Both follow the WHATWG Encoding Standard, so the text is the same.

use std::sync::OnceLock;

/// Decodes one file.
pub trait Foreign {
    /// Appends the text of the next bytes as UTF-8; `last` ends the file. What cannot be decoded becomes U+FFFD.
    fn push(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>);
}

/// Makes a decoder for a label of the WHATWG Encoding Standard, such as `gbk`.
pub type MakeForeign = fn(&str) -> Option<Box<dyn Foreign>>;

static INSTALLED: OnceLock<MakeForeign> = OnceLock::new();

/// Says how East Asian text is decoded where the library has no tables of its own. The first call counts.
pub fn install(make: MakeForeign) {
    let _ = INSTALLED.set(make);
}

/// A decoder for a label; `None` where nothing was installed or the label is unknown.
pub(super) fn decoder(label: &str) -> Option<Box<dyn Foreign>> {
    match INSTALLED.get() {
        Some(make) => make(label),
        None => own(label),
    }
}

#[cfg(target_arch = "wasm32")]
fn own(_label: &str) -> Option<Box<dyn Foreign>> {
    None
}

#[cfg(not(target_arch = "wasm32"))]
fn own(label: &str) -> Option<Box<dyn Foreign>> {
    struct Native(encoding_rs::Decoder);

    impl Foreign for Native {
        fn push(&mut self, mut bytes: &[u8], last: bool, out: &mut Vec<u8>) {
            let mut buffer = [0; 4_096];
            loop {
                let (result, read, written, _) = self.0.decode_to_utf8(bytes, &mut buffer, last);
                out.extend_from_slice(&buffer[..written]);
                bytes = &bytes[read..];
                if result == encoding_rs::CoderResult::InputEmpty {
                    return;
                }
            }
        }
    }

    let encoding = encoding_rs::Encoding::for_label(label.as_bytes())?;
    Some(Box::new(Native(encoding.new_decoder_without_bom_handling())))
}
