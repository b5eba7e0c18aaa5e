/** The contracts that every engine passes, listed once, and what they share; in the test jar. */
@NullMarked
package io.millrace.learner.testing;

import org.jspecify.annotations.NullMarked;
