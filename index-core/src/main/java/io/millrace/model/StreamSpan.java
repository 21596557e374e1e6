package io.millrace.model;

/// The records of one stream whose effects a log entry holds. Positions compare only inside one
/// epoch of one source.
///
/// @param source configured name of the source
/// @param epoch the source's life the positions belong to
/// @param stream what has one order, `products/0` for a Kafka partition, `file/17` for a file
/// @param first position of the first record, @param last position of the last record, inclusive
/// @param leaderEpoch Kafka's leader epoch of the last record, −1 where there is none
public record StreamSpan(
    String source, long epoch, String stream, long first, long last, int leaderEpoch) {}
