/** Benchmarks. */
@NullMarked
package io.millrace.learner.bench;

import org.jspecify.annotations.NullMarked;
