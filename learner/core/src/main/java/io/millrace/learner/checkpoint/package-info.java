/** The learner's whole state as one value, atomically published and restored. */
@NullMarked
package io.millrace.learner.checkpoint;

import org.jspecify.annotations.NullMarked;
