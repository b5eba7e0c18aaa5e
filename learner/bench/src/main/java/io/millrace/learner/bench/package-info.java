/** Benchmarks of whatever claims to be fast. */
@NullMarked
package io.millrace.learner.bench;

import org.jspecify.annotations.NullMarked;
