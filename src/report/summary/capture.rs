//! Where the HCI capture of a failing attempt is, as a link.

/// A link to a file of the run, where `way` leads to the folder of the run; none where the file has no name
/// that a run would give it.
#[must_use]
pub fn link_to_capture(way: &str, file: &str) -> Option<String> {
    let name = file.strip_prefix("capture/")?.strip_suffix(".btsnoop")?;
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (!name.is_empty() && name.chars().all(fine)).then(|| format!("{way}{file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_run_writes_is_linked() {
        let link = link_to_capture("runs/1/", "capture/PAIR-01-3.btsnoop");
        assert_eq!(link.as_deref(), Some("runs/1/capture/PAIR-01-3.btsnoop"));
        for foreign in [
            "javascript:alert(1)",
            "capture/../../etc/passwd",
            "capture/.btsnoop",
            "/capture/x.btsnoop",
            "capture/a\"b.btsnoop",
            "capture/x.html",
        ] {
            assert_eq!(link_to_capture("", foreign), None, "{foreign}");
        }
    }
}
