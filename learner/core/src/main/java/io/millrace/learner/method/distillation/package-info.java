/** Distillation of a released model. */
@NullMarked
package io.millrace.learner.method.distillation;

import org.jspecify.annotations.NullMarked;
