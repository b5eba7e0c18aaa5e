/**
 * How an update is made: the pass, chains of networks, teachers, optimizer groups, past networks.
 */
@NullMarked
package io.millrace.learner.method.step;

import org.jspecify.annotations.NullMarked;
