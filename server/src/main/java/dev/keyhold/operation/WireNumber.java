package dev.keyhold.operation;

/// A number of a request, before anyone has judged it. The API's own page has its numbers as JSON
/// strings (`"datakey_length":"512"`), some clients send JSON numbers; both arrive here as the text
/// they had, which may be anything for a string and is an integer for a number.
///
/// @param text as it came, unchecked
public record WireNumber(String text) {}
