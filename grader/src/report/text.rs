//! Text that a learner's code had a hand in, made fit to be shown.

use std::fmt::Write;

/// The longest line that helps a reader, in characters.
const LINE: usize = 300;

/// Whether `letter` can do more than be seen: move a terminal's cursor, turn the direction of the
/// text, or make an XML file invalid. Line breaks and tabs are wanted.
pub fn is_hidden(letter: char) -> bool {
    match letter {
        '\n' | '\t' => false,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{feff}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => letter.is_control(),
    }
}

/// `text` with something to see in place of everything hidden: `␛` for an escape character.
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for letter in text.replace("\r\n", "\n").chars() {
        match letter {
            _ if !is_hidden(letter) => printable.push(letter),
            // Unicode has a picture of each of them.
            '\0'..='\u{1f}' => printable.extend(char::from_u32(0x2400 + u32::from(letter))),
            '\u{7f}' => printable.push('␡'),
            _ => printable.extend(letter.escape_unicode()),
        }
    }
    printable
}

/// The printable `text` without its end, and without its middle where it has more than `head + tail`
/// lines.
pub fn excerpt(text: &str, head: usize, tail: usize) -> String {
    let text = printable(text.trim_end());
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= head + tail {
        return lines.into_iter().map(shortened).collect::<Vec<_>>().join("\n");
    }
    let left_out = lines.len() - head - tail;
    let mut shown: Vec<String> = lines[..head].iter().copied().map(shortened).collect();
    shown.push(format!("… {left_out} more {}", plural(left_out, "line")));
    shown.extend(lines[lines.len() - tail..].iter().copied().map(shortened));
    shown.join("\n")
}

/// `1 line`, `2 lines`: the word.
pub fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// Every line of `text` behind `margin`, each with its line break.
pub fn indented(text: &str, margin: &str) -> String {
    text.lines().fold(String::new(), |mut indented, line| {
        writeln!(indented, "{}", format!("{margin}{line}").trim_end()).expect("a String takes all");
        indented
    })
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_becomes_visible_and_the_rest_stays() {
        for (text, expected) in [
            ("π → ½\tä\n", "π → ½\tä\n"),
            ("two\r\nlines", "two\nlines"),
            ("0 %\r100 %", "0 %␍100 %"),
            ("\u{1b}[2J\u{1b}]0;title\u{7}", "␛[2J␛]0;title␇"),
            ("nul\0 del\u{7f}", "nul␀ del␡"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("\u{202e}dessap", r"\u{202e}dessap"),
            ("\u{ffff}", r"\u{ffff}"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn an_excerpt_keeps_both_ends_and_counts_what_it_leaves_out() {
        assert_eq!(excerpt("a\nb\nc\n\n", 2, 1), "a\nb\nc");
        assert_eq!(excerpt("a\nb\nc\nd", 2, 1), "a\nb\n… 1 more line\nd");
        assert_eq!(excerpt("a\nb\nc\nd", 1, 0), "a\n… 3 more lines");
        assert_eq!(excerpt("", 3, 3), "");
    }

    #[test]
    fn an_excerpt_shortens_long_lines_at_a_letter() {
        let line = "ä".repeat(LINE);
        assert_eq!(excerpt(&line, 1, 0), line);
        assert_eq!(excerpt(&format!("{line}!"), 1, 0), format!("{line}…"));
    }
}
