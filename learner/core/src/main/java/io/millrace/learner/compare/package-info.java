/** Methods side by side: each learns from the same stream for the same budget. */
@NullMarked
package io.millrace.learner.compare;

import org.jspecify.annotations.NullMarked;
