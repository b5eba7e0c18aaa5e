/** Counter-based chance: every draw is a function of (seed, purpose, key, index). */
@NullMarked
package io.millrace.learner.random;

import org.jspecify.annotations.NullMarked;
