//! `--tag EXPR`: which tags a case must have: `smoke and not slow`, `(le | bredr) & !flaky`.

use std::ops::Range;

use super::diagnostic::Diagnostic;
use super::visible::quote;

/// The longest expression.
const LONGEST: usize = 1000;

/// How deep parentheses and `not` may stand.
const DEEPEST: usize = 64;

/// Which tags a case must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TagExpression {
    Tag(String, Range<usize>),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
}

impl TagExpression {
    /// Reads an expression; spans are in bytes of it.
    pub fn parse(text: &str) -> Result<Self, Box<Diagnostic>> {
        if text.len() > LONGEST {
            let end = text.len();
            return Err(Box::new(
                Diagnostic::error("the expression is longer than 1000 characters").at(0..end, ""),
            ));
        }
        let mut parser = Parser { tokens: tokens(text)?, at: 0, end: text.len() };
        let expression = parser.either(0)?;
        match parser.next() {
            None => Ok(expression),
            Some((_, span)) => Err(Box::new(
                Diagnostic::error("the expression goes on after its end")
                    .at(span, "not expected")
                    .help("join tags with `and` or `or`, such as \"smoke and not slow\""),
            )),
        }
    }

    /// Whether it holds for a case with these tags.
    pub fn holds(&self, tags: &[String]) -> bool {
        match self {
            Self::Tag(tag, _) => tags.iter().any(|other| other == tag),
            Self::Not(inner) => !inner.holds(tags),
            Self::And(one, other) => one.holds(tags) && other.holds(tags),
            Self::Or(one, other) => one.holds(tags) || other.holds(tags),
        }
    }

    /// Every tag in it, with its place.
    pub fn tags(&self) -> Vec<(&str, Range<usize>)> {
        match self {
            Self::Tag(tag, span) => vec![(tag, span.clone())],
            Self::Not(inner) => inner.tags(),
            Self::And(one, other) | Self::Or(one, other) => {
                one.tags().into_iter().chain(other.tags()).collect()
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Tag(String),
    And,
    Or,
    Not,
    Open,
    Close,
}

fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, Box<Diagnostic>> {
    let mut tokens = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        let one = start..start + c.len_utf8();
        match c {
            '(' => tokens.push((Token::Open, one)),
            ')' => tokens.push((Token::Close, one)),
            '!' => tokens.push((Token::Not, one)),
            '&' | '|' => {
                let end = rest.next_if(|(_, next)| *next == c).map_or(one.end, |(at, _)| at + 1);
                tokens.push((if c == '&' { Token::And } else { Token::Or }, start..end));
            }
            c if c.is_whitespace() => {}
            c if is_of_a_tag(c) => {
                let mut end = one.end;
                while let Some((at, _)) = rest.next_if(|(_, next)| is_of_a_tag(*next)) {
                    end = at + 1;
                }
                let word = text.get(start..end).unwrap_or_default();
                tokens.push((word_token(word), start..end));
            }
            other => {
                return Err(Box::new(
                    Diagnostic::error(format!("{} has no meaning here", quote(&other.to_string())))
                        .at(one, "")
                        .help("write tags with `and`, `or`, `not` and parentheses"),
                ));
            }
        }
    }
    Ok(tokens)
}

fn is_of_a_tag(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-')
}

fn word_token(word: &str) -> Token {
    match word {
        "and" => Token::And,
        "or" => Token::Or,
        "not" => Token::Not,
        tag => Token::Tag(tag.to_owned()),
    }
}

struct Parser {
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    end: usize,
}

impl Parser {
    fn next(&mut self) -> Option<(Token, Range<usize>)> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn next_is(&mut self, wanted: &Token) -> bool {
        let is = self.tokens.get(self.at).is_some_and(|(token, _)| token == wanted);
        self.at += usize::from(is);
        is
    }

    fn either(&mut self, depth: usize) -> Result<TagExpression, Box<Diagnostic>> {
        let mut left = self.both(depth)?;
        while self.next_is(&Token::Or) {
            left = TagExpression::Or(Box::new(left), Box::new(self.both(depth)?));
        }
        Ok(left)
    }

    fn both(&mut self, depth: usize) -> Result<TagExpression, Box<Diagnostic>> {
        let mut left = self.one(depth)?;
        while self.next_is(&Token::And) {
            left = TagExpression::And(Box::new(left), Box::new(self.one(depth)?));
        }
        Ok(left)
    }

    fn one(&mut self, depth: usize) -> Result<TagExpression, Box<Diagnostic>> {
        let example = "write for example \"smoke and not slow\"";
        let Some((token, span)) = self.next() else {
            let end = self.end..self.end;
            return Err(Box::new(
                Diagnostic::error("a tag is missing").at(end, "expected here").help(example),
            ));
        };
        if depth > DEEPEST {
            return Err(Box::new(Diagnostic::error("the expression nests too deep").at(span, "")));
        }
        match token {
            Token::Tag(tag) => Ok(TagExpression::Tag(tag, span)),
            Token::Not => Ok(TagExpression::Not(Box::new(self.one(depth + 1)?))),
            Token::Open => {
                let inner = self.either(depth + 1)?;
                if self.next_is(&Token::Close) {
                    return Ok(inner);
                }
                Err(Box::new(
                    Diagnostic::error("a parenthesis is not closed")
                        .at(span, "opened here")
                        .help("add a `)`"),
                ))
            }
            Token::And | Token::Or | Token::Close => Err(Box::new(
                Diagnostic::error("a tag is missing")
                    .at(span, "expected before this")
                    .help(example),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_hold_as_they_read() {
        for (text, tags, wanted) in [
            ("smoke", "smoke", true),
            ("smoke", "slow", false),
            ("smoke and not slow", "smoke", true),
            ("smoke and not slow", "smoke slow", false),
            ("a or b and c", "a", true),
            ("(a or b) and c", "a", false),
            ("a|b&c", "b c", true),
            ("a || b && c", "b", false),
            ("!(a | b)", "c", true),
            ("not not a", "a", true),
            ("needs:le-2M", "needs:le-2M", true),
        ] {
            let tags: Vec<String> = tags.split(' ').map(str::to_owned).collect();
            assert_eq!(TagExpression::parse(text).unwrap().holds(&tags), wanted, "{text}");
        }
    }

    #[test]
    fn wrong_expressions_are_refused() {
        for text in ["", "and", "a b", "(a", "a)", "a and", "a or or b", "not", "é", "a & \u{1b}"]
        {
            assert!(TagExpression::parse(text).is_err(), "{text}");
        }
        assert!(TagExpression::parse(&"(".repeat(900)).is_err());
        assert!(TagExpression::parse(&"a".repeat(2000)).is_err());
    }
}
