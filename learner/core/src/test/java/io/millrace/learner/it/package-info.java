/** Learners on a real broker. */
@NullMarked
package io.millrace.learner.it;

import org.jspecify.annotations.NullMarked;
