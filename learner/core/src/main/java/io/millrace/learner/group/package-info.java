/**
 * One model, several processes: who computes which shards of a batch, and how processes exchange
 * what they computed. Groups are made elsewhere (the lease says who belongs to one); this package
 * holds what a step and a loop need of one.
 *
 * <p>{@link io.millrace.learner.group.Shards} says which logical shards a rank computes, {@link
 * io.millrace.learner.group.Collectives} exchanges, {@link
 * io.millrace.learner.group.BrokenGroupException} ends a group: whoever catches it closes the
 * collectives, goes back to the last checkpoint and joins a new generation by {@link
 * io.millrace.learner.group.Groups#join}.
 */
@NullMarked
package io.millrace.learner.group;

import org.jspecify.annotations.NullMarked;
