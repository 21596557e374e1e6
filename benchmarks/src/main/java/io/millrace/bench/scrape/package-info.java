/// What a scrape of `/metrics` costs a server with many collections. Start at [ScrapeCommand].
///
/// - **Lives here:** making the collections, scraping, the times.
/// - **May call in:** the command line, by name.
/// - **Never here:** what the metrics are; `api.endpoint` and the page of monitoring have them.
@NullMarked
package io.millrace.bench.scrape;

import org.jspecify.annotations.NullMarked;
