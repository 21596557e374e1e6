/// How good and how fast: data sets with exact answers, recall against them, and what is measured
/// with them. Sees all other modules; none of them sees it.
@NullMarked
package io.millrace.bench;

import org.jspecify.annotations.NullMarked;
