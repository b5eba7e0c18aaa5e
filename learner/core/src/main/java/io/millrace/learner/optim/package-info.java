/** Optimizers and schedules as functions of explicit state. */
@NullMarked
package io.millrace.learner.optim;

import org.jspecify.annotations.NullMarked;
