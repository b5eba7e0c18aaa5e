package io.millrace.learner.export;

/** The forms a release can be exported in. */
public enum ExportFormat {
  /** The tensors by name; PyTorch, timm and torchvision load them as they are. */
  SAFETENSORS,
  /** The network with its tensors, for ONNX Runtime and its like. */
  ONNX,
  /**
   * A computation graph of Deeplearning4j, with layers of the ND4J engine where they are faster.
   */
  DL4J,
  /** The same in Deeplearning4j's own layers alone. */
  DL4J_STOCK
}
