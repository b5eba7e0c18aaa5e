package io.millrace.learner.group;

import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * What the processes of one group exchange. Every rank makes the same calls in the same order, with
 * tensors of shapes that fit; rank 0 leads. Used by one thread at a time, the one that uses the
 * engine. Tensors that are returned belong to the innermost scope.
 *
 * <p>Every call waits for all ranks and throws {@link BrokenGroupException} where one of them does
 * not come within the group's timeout. An interrupt does not end the wait.
 */
public interface Collectives extends AutoCloseable {
  /** Which of the processes this is, from 0. Rank 0 leads. */
  int rank();

  /** How many processes there are. */
  int size();

  /** Whether this process leads. */
  default boolean leads() {
    return rank() == 0;
  }

  /**
   * Rows of all ranks, one rank's after the other's.
   *
   * @param own [rows, …], of as many rows as {@code rows} says for this rank
   * @param rows by rank
   * @return [sum of rows, …]; may be {@code own} itself where there is one process
   */
  Tensor gather(Tensor own, long[] rows);

  /**
   * Sums over all shards in the order of {@link ShardTree}, so that the sum is the same, bit for
   * bit, however many processes there are.
   *
   * @param own of this rank's shards, in their order, each of the same shape; they hold anything
   *     afterwards, and the sum may be the first of them
   * @return of that shape, the same on every rank
   */
  Tensor sum(Shards shards, List<Tensor> own);

  /** The leader's bytes, of any length; what other ranks give is not looked at. */
  byte[] broadcast(byte[] leaders);

  /** Everybody's bytes, of any lengths, by rank. */
  List<byte[]> gather(byte[] own);

  /** Waits until every rank is here. */
  void barrier();

  /** Nanoseconds that this rank has spent in these calls, waiting for others included. */
  long nanos();

  /** Leaves the group; whoever waits for this rank gets a {@link BrokenGroupException}. */
  @Override
  void close();
}
