package io.millrace.learner.torch;

import io.millrace.learner.group.BrokenGroupException;
import io.millrace.learner.group.Collectives;
import io.millrace.learner.group.GroupAddress;
import io.millrace.learner.group.ShardTree;
import io.millrace.learner.group.ShardTree.Node;
import io.millrace.learner.group.Shards;
import io.millrace.learner.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.Backend;
import org.bytedeco.pytorch.FileStore;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Exchange by libtorch's process groups: gloo over TCP through the host's memory, or NCCL between
 * GPUs. Ranks find each other by a file of their generation ({@link FileStore}).
 *
 * <p>Sums go in the order of {@link ShardTree}. Two ranks that send one node each reduce at once: a
 * + b is b + a. Otherwise each rank adds up one part of the vector from everybody's nodes, and the
 * parts are gathered.
 */
final class TorchCollectives implements Collectives {
  private final TorchTensors tensors;
  private final GroupAddress address;
  private final boolean onDevice;
  private final Store store;
  private final Backend group;
  private long nanos;
  private boolean closed;

  private TorchCollectives(
      TorchTensors tensors, GroupAddress address, boolean onDevice, Store store, Backend group) {
    this.tensors = tensors;
    this.address = address;
    this.onDevice = onDevice;
    this.store = store;
    this.group = group;
  }

  /**
   * Meets the others.
   *
   * @param onDevice by NCCL, with tensors of the device; else by gloo
   * @throws BrokenGroupException where one of them does not come in time
   */
  static TorchCollectives join(TorchTensors tensors, GroupAddress address, boolean onDevice) {
    Store store = null;
    try (var temporaries = new PointerScope()) {
      var timeout = new Milliseconds(address.timeout().toMillis());
      store = new FileStore(address.file().toString(), address.size());
      store.retainReference();
      store.setTimeout(timeout);
      Backend group =
          onDevice
              ? NcclGroup.open(store, address.rank(), address.size(), timeout)
              : new ProcessGroupGloo(
                  store,
                  address.rank(),
                  address.size(),
                  ProcessGroupGloo.Options.create_default(timeout));
      group.retainReference();
      return new TorchCollectives(tensors, address, onDevice, store, group);
    } catch (RuntimeException e) {
      if (store != null) {
        store.releaseReference();
      }
      throw new BrokenGroupException(
          address + " could not meet the others by " + address.file() + ": " + Native.firstLine(e),
          e);
    }
  }

  @Override
  public int rank() {
    return address.rank();
  }

  @Override
  public int size() {
    return address.size();
  }

  @Override
  public Tensor gather(Tensor own, long[] rows) {
    if (own.size(0) != rows[rank()]) {
      throw new IllegalArgumentException(
          "gather of "
              + own.size(0)
              + " rows by rank "
              + rank()
              + ": expected "
              + rows[rank()]
              + " of "
              + Arrays.toString(rows));
    }
    return wrapped("gather", () -> gathered(there(tensors.data(own)), rows));
  }

  private org.bytedeco.pytorch.Tensor gathered(org.bytedeco.pytorch.Tensor own, long[] rows) {
    long most = Arrays.stream(rows).max().orElseThrow();
    boolean equal = Arrays.stream(rows).allMatch(n -> n == most);
    long[] shape = Native.shapeOf(own);
    shape[0] = most;
    org.bytedeco.pytorch.Tensor sent = equal ? own.contiguous() : like(own, shape);
    if (!equal) {
      sent.narrow(0, 0, rows[rank()]).copy_(own);
    }
    shape[0] = most * size();
    org.bytedeco.pytorch.Tensor all = like(own, shape);
    done(() -> group._allgather_base(all, sent));
    if (equal) {
      return all;
    }
    var parts = new TensorVector();
    for (int rank = 0; rank < size(); rank++) {
      parts.push_back(all.narrow(0, rank * most, rows[rank]));
    }
    return torch.cat(parts, 0);
  }

  @Override
  public Tensor sum(Shards shards, List<Tensor> own) {
    List<Tensor> nodes = ShardTree.ownNodes(shards, own, (a, b) -> a.addIn(1, b));
    List<List<Node>> byRank = new ArrayList<>();
    for (int rank = 0; rank < size(); rank++) {
      byRank.add(ShardTree.nodes(shards.count(), shards.from(rank), shards.from(rank + 1)));
    }
    int most = byRank.stream().mapToInt(List::size).max().orElseThrow();
    if (size() == 2 && most == 1 && !onDevice && !tensors.context().device().isCuda()) {
      timed(
          "sum",
          () -> {
            done(() -> group.allreduce(new TensorVector(tensors.data(nodes.get(0)))));
            return 0;
          });
      return nodes.get(0);
    }
    return wrapped(
        "sum",
        () ->
            summed(
                shards,
                byRank,
                most,
                nodes.stream().map(node -> there(tensors.data(node))).toList()));
  }

  /** Rank r adds up part r of the vector. */
  private org.bytedeco.pytorch.Tensor summed(
      Shards shards, List<List<Node>> byRank, int most, List<org.bytedeco.pytorch.Tensor> nodes) {
    org.bytedeco.pytorch.Tensor first = nodes.get(0);
    long length = first.numel();
    long part = (length + size() - 1) / size();
    org.bytedeco.pytorch.Tensor sent = like(first, new long[] {size(), most, part});
    for (int i = 0; i < nodes.size(); i++) {
      org.bytedeco.pytorch.Tensor flat = nodes.get(i).reshape(new long[] {-1});
      for (int rank = 0; rank < size(); rank++) {
        long from = Math.min(length, rank * part);
        long to = Math.min(length, from + part);
        if (from < to) {
          sent.select(0, rank)
              .select(0, i)
              .narrow(0, 0, to - from)
              .copy_(flat.narrow(0, from, to - from));
        }
      }
    }
    org.bytedeco.pytorch.Tensor got = like(first, new long[] {size(), most, part});
    done(() -> group.alltoall_base(got, sent, new LongVector(), new LongVector()));
    var leaves = new ArrayList<Node>();
    var terms = new ArrayList<org.bytedeco.pytorch.Tensor>();
    for (int rank = 0; rank < size(); rank++) {
      for (int i = 0; i < byRank.get(rank).size(); i++) {
        leaves.add(byRank.get(rank).get(i));
        terms.add(got.select(0, rank).select(0, i));
      }
    }
    org.bytedeco.pytorch.Tensor mine =
        ShardTree.sum(new Node(0, shards.count()), leaves, terms, org.bytedeco.pytorch.Tensor::add);
    org.bytedeco.pytorch.Tensor all = like(first, new long[] {size() * part});
    done(() -> group._allgather_base(all, mine.contiguous()));
    return all.narrow(0, 0, length).reshape(Native.shapeOf(first));
  }

  @Override
  public byte[] broadcast(byte[] leaders) {
    byte[] length = ByteBuffer.allocate(Integer.BYTES).putInt(leaders.length).array();
    int said = ByteBuffer.wrap(leadersBytes(length)).getInt();
    if (said == 0) {
      return new byte[0];
    }
    return leadersBytes(leads() ? leaders : new byte[said]);
  }

  /** The leader's bytes, of a length that all know. */
  private byte[] leadersBytes(byte[] own) {
    return timed(
        "broadcast",
        () -> {
          org.bytedeco.pytorch.Tensor bytes = exchanged(own, own.length);
          done(() -> group.broadcast(new TensorVector(bytes)));
          return read(bytes, own.length);
        });
  }

  @Override
  public List<byte[]> gather(byte[] own) {
    long[] lengths = new long[size()];
    byte[] counted =
        allBytes(ByteBuffer.allocate(Long.BYTES).putLong(own.length).array(), Long.BYTES, "gather");
    ByteBuffer.wrap(counted).asLongBuffer().get(lengths);
    long most = Arrays.stream(lengths).max().orElseThrow();
    if (most * size() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          most + " bytes of each of " + size() + " ranks: expected less than 2 GiB in all");
    }
    var out = new ArrayList<byte[]>();
    byte[] all = most == 0 ? new byte[0] : allBytes(own, (int) most, "gather");
    for (int rank = 0; rank < size(); rank++) {
      int from = (int) (rank * most);
      out.add(Arrays.copyOfRange(all, from, from + (int) lengths[rank]));
    }
    return out;
  }

  /** Everybody's bytes, each padded to a length. */
  private byte[] allBytes(byte[] own, int length, String operation) {
    return timed(
        operation,
        () -> {
          org.bytedeco.pytorch.Tensor sent = exchanged(own, length);
          org.bytedeco.pytorch.Tensor all = like(sent, new long[] {(long) length * size()});
          done(() -> group._allgather_base(all, sent));
          return read(all, length * size());
        });
  }

  /** Bytes, zeros after them, where the group exchanges. */
  private org.bytedeco.pytorch.Tensor exchanged(byte[] own, int length) {
    org.bytedeco.pytorch.Tensor bytes =
        torch.zeros(new long[] {length}, new TensorOptions(ScalarType.Byte));
    if (own.length > 0) {
      new BytePointer(bytes.data_ptr_byte()).put(own);
    }
    return onDevice ? onDevice(bytes) : bytes;
  }

  private static byte[] read(org.bytedeco.pytorch.Tensor there, int length) {
    byte[] bytes = new byte[length];
    new BytePointer(there.cpu().data_ptr_byte()).get(bytes);
    return bytes;
  }

  @Override
  public void barrier() {
    allBytes(new byte[1], 1, "barrier");
  }

  @Override
  public long nanos() {
    return nanos;
  }

  /** Where the group exchanges: on the device by NCCL, in the host's memory by gloo. */
  private org.bytedeco.pytorch.Tensor there(org.bytedeco.pytorch.Tensor data) {
    return onDevice || !tensors.context().device().isCuda() ? data : data.cpu();
  }

  private org.bytedeco.pytorch.Tensor onDevice(org.bytedeco.pytorch.Tensor host) {
    return host.to(tensors.context().device().toNative(), ScalarType.Byte);
  }

  private static org.bytedeco.pytorch.Tensor like(org.bytedeco.pytorch.Tensor of, long[] shape) {
    return torch.empty(shape, of.options(), new MemoryFormatOptional(MemoryFormat.Contiguous));
  }

  /** A result on the engine's device, in the innermost scope. */
  private Tensor wrapped(String operation, Supplier<org.bytedeco.pytorch.Tensor> work) {
    return timed(
        operation,
        () ->
            tensors.made(
                operation,
                () -> {
                  org.bytedeco.pytorch.Tensor result = work.get();
                  return onDevice || !tensors.context().device().isCuda()
                      ? result
                      : tensors.context().fromHost(result, result.scalar_type());
                }));
  }

  private <T> T timed(String operation, Supplier<T> work) {
    if (closed) {
      throw new BrokenGroupException(address + " has left its group: " + operation, null);
    }
    long started = System.nanoTime();
    try (var temporaries = new PointerScope()) {
      return work.get();
    } catch (NativeFailure e) {
      throw new BrokenGroupException(
          operation + " of " + address + " failed: " + Native.firstLine(e.failure), e.failure);
    } finally {
      nanos += System.nanoTime() - started;
    }
  }

  /** What the group threw, apart from what is wrong with a call. */
  private static final class NativeFailure extends IllegalStateException {
    private static final long serialVersionUID = 1L;
    private final transient RuntimeException failure;

    NativeFailure(RuntimeException failure) {
      super(failure);
      this.failure = failure;
    }
  }

  private static void done(Supplier<Work> exchange) {
    try {
      exchange.get()._wait();
    } catch (RuntimeException e) {
      throw new NativeFailure(e);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      group.releaseReference();
      store.releaseReference();
    }
  }
}
