/** A self-supervised loss beside a task's own, on one backbone. */
@NullMarked
package io.millrace.learner.auxiliary;

import org.jspecify.annotations.NullMarked;
