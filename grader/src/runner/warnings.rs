//! What libtorch warns of while learners' code runs: it says so on standard error, once for each call.

/// `output` without libtorch's warnings, and after it each of them once, with how often it came.
pub fn folded(output: String) -> String {
    let mut warnings: Vec<(&str, usize)> = Vec::new();
    let mut printed = String::new();
    for line in output.split_inclusive('\n') {
        match warning(line) {
            Some(text) => match warnings.iter_mut().find(|(other, _)| *other == text) {
                Some((_, count)) => *count += 1,
                None => warnings.push((text, 1)),
            },
            None => printed.push_str(line),
        }
    }
    if warnings.is_empty() {
        return output;
    }
    if !printed.is_empty() && !printed.ends_with('\n') {
        printed.push('\n');
    }
    for (text, count) in warnings {
        let times = if count > 1 { format!(" ({count} times)") } else { String::new() };
        printed.push_str(&format!("libtorch warned{times}: {text}\n"));
    }
    printed
}

/// What is said in `[W1122 16:40:34.845166889 TensorBody.h:494] Warning: … (function grad)`.
fn warning(line: &str) -> Option<&str> {
    let (place, text) = line.trim_end().split_once("] Warning: ")?;
    let place = place.strip_prefix("[W")?;
    place.starts_with(|first: char| first.is_ascii_digit()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_of_libtorch_is_told_once_and_apart_from_what_the_code_printed() {
        let grad = |time: &str| format!("[W1122 {time} TensorBody.h:494] Warning: no leaf (function grad)\n");
        let names = "[W1122 16:40:35.1 x.cpp:1] Warning: names are new (function f)\n";
        let output = format!("k = 0\n{}{names}k = 1\n{}end", grad("16:40:34.8"), grad("16:40:34.9"));
        assert_eq!(
            folded(output),
            "k = 0\nk = 1\nend\nlibtorch warned (2 times): no leaf (function grad)\n\
             libtorch warned: names are new (function f)\n"
        );
    }

    #[test]
    fn what_the_code_printed_is_left_as_it_is_where_nothing_warned() {
        for output in ["", "\n", "loss = [3.5]\r\n\n", "[W] Warning: mine", "a [W1] Warning: mine"] {
            assert_eq!(folded(output.to_owned()), output);
        }
    }
}
