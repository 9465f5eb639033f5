//! East Asian text by the browser's own tables, which cost no download.

use crate::import::{Foreign, install_foreign};
use web_sys::{TextDecodeOptions, TextDecoder};

struct Browser(TextDecoder);

impl Foreign for Browser {
    fn push(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        let options = TextDecodeOptions::new();
        options.set_stream(!last);
        if let Ok(text) = self.0.decode_with_u8_array_and_options(bytes, &options) {
            out.extend_from_slice(text.as_bytes());
        }
    }
}

/// Lets the import decode with the browser; for a window and for each worker once.
pub fn install() {
    install_foreign(|label| {
        let decoder = TextDecoder::new_with_label(label).ok()?;
        Some(Box::new(Browser(decoder)))
    });
}
