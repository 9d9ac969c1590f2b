# SPDX-License-Identifier: Apache-2.0
"""Small ONNX models that cover what exporters write, opset by opset."""
