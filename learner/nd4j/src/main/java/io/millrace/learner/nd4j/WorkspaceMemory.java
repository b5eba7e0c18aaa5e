package io.millrace.learner.nd4j;

import io.millrace.learner.nd4j.kernel.Memory;
import io.millrace.learner.nd4j.tensor.Buffers;
import java.util.Arrays;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A kernel's arrays in Deeplearning4j's own workspaces, which end by themselves. */
record WorkspaceMemory(
    LayerWorkspaceMgr workspaces, DataType type, ArrayType result, ArrayType work)
    implements Memory {

  static WorkspaceMemory forward(LayerWorkspaceMgr workspaces, DataType type) {
    return new WorkspaceMemory(workspaces, type, ArrayType.ACTIVATIONS, ArrayType.FF_WORKING_MEM);
  }

  static WorkspaceMemory backward(LayerWorkspaceMgr workspaces, DataType type) {
    return new WorkspaceMemory(
        workspaces, type, ArrayType.ACTIVATION_GRAD, ArrayType.BP_WORKING_MEM);
  }

  /** Row-major, as kernels want it, of the network's type; the array itself where it is. */
  INDArray rowMajor(INDArray array) {
    boolean fits =
        array.dataType() == type
            && array.ordering() == 'c'
            && Arrays.equals(array.stride(), Buffers.strides(array.shape()));
    if (fits) {
      return array;
    }
    INDArray copy = scratch(array.shape());
    copy.assign(array);
    return copy;
  }

  @Override
  public INDArray take(long... shape) {
    return workspaces.createUninitialized(result, type, shape, 'c');
  }

  @Override
  public INDArray scratch(long... shape) {
    return workspaces.createUninitialized(work, type, shape, 'c');
  }

  @Override
  public void giveBack(INDArray array) {
    // The workspace does, when it closes.
  }
}
