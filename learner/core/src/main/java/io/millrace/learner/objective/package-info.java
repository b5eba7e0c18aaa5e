/** One loss per file: value and gradients in closed form. */
@NullMarked
package io.millrace.learner.objective;

import org.jspecify.annotations.NullMarked;
