/** Learners of one model that find each other: who is there, who leads, what is formed when. */
@NullMarked
package io.millrace.learner.membership;

import org.jspecify.annotations.NullMarked;
