/** Streams in a known order, and how methods learn from them: the stream benchmark. */
@NullMarked
package io.millrace.learner.stream;

import org.jspecify.annotations.NullMarked;
