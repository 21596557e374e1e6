/// A Kafka broker of one process for development and tests. No part of the product: it has its own
/// class path, `dist/kafka/lib`, and nothing of ours is on it but this package.
package io.millrace.broker;
