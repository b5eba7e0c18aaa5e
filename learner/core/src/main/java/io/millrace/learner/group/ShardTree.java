package io.millrace.learner.group;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;

/**
 * The order in which terms of all shards are added: a fixed tree over the shards' numbers, the same
 * for any number of processes.
 *
 * <pre>
 * sum [a, b) = sum [a, m) + sum [m, b),   m = a + half of b − a, rounded up
 * </pre>
 *
 * A process adds up what lies within its block and sends only the largest nodes of it: one where
 * blocks are halves, quarters and so on.
 */
public final class ShardTree {
  private ShardTree() {}

  /** Shards [from, to) whose sum is one node of the tree. */
  public record Node(int from, int to) {}

  /** The largest nodes that cover shards [from, to) of so many, from left to right. */
  public static List<Node> nodes(int count, int from, int to) {
    var out = new ArrayList<Node>();
    cover(new Node(0, count), from, to, out);
    return out;
  }

  private static void cover(Node node, int from, int to, List<Node> out) {
    if (node.from() >= to || node.to() <= from) {
      return;
    }
    if (from <= node.from() && node.to() <= to) {
      out.add(node);
      return;
    }
    int middle = middle(node);
    cover(new Node(node.from(), middle), from, to, out);
    cover(new Node(middle, node.to()), from, to, out);
  }

  /**
   * Sums a node.
   *
   * @param leaves nodes whose sums are known, which cover it
   * @param sums theirs, in the same order
   */
  public static <T> T sum(Node node, List<Node> leaves, List<T> sums, BinaryOperator<T> add) {
    int known = leaves.indexOf(node);
    if (known >= 0) {
      return sums.get(known);
    }
    if (node.to() - node.from() == 1) {
      throw new IllegalArgumentException("no sum of shard " + node.from() + " in " + leaves);
    }
    int middle = middle(node);
    return add.apply(
        sum(new Node(node.from(), middle), leaves, sums, add),
        sum(new Node(middle, node.to()), leaves, sums, add));
  }

  /** Sums the nodes of a rank's own block from its shards' terms, in the order of the nodes. */
  public static <T> List<T> ownNodes(Shards shards, List<T> terms, BinaryOperator<T> add) {
    if (terms.size() != shards.local()) {
      throw new IllegalArgumentException(
          "terms of "
              + terms.size()
              + " shards: expected those of the "
              + shards.local()
              + " that rank "
              + shards.rank()
              + " computes");
    }
    var leaves = new ArrayList<Node>();
    for (int s = shards.from(); s < shards.to(); s++) {
      leaves.add(new Node(s, s + 1));
    }
    return nodes(shards.count(), shards.from(), shards.to()).stream()
        .map(node -> sum(node, leaves, terms, add))
        .toList();
  }

  private static int middle(Node node) {
    return node.from() + (node.to() - node.from() + 1) / 2;
  }
}
