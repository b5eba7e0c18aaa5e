/** Streams in a known order, and what a method makes of them: the stream benchmark. */
@NullMarked
package io.millrace.learner.stream;

import org.jspecify.annotations.NullMarked;
