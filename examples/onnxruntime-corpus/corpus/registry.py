# SPDX-License-Identifier: Apache-2.0
"""Owns the list of cases: a function that builds a model, and the opsets it is built for."""

from corpus.model import Model

#: (name, kind, function that gives a Model or a ModelProto)
CASES = []


def case(*opsets, kind="float", variants=(None,), product=False, **options):
    """
    Registers a function(model) or function(model, variant): opsets and variants in pairs, the shorter list over again,
    so that each of both occurs; or all pairs.
    """
    longest = max(len(opsets), len(variants))
    pairs = [(opset, variant) for opset in opsets for variant in variants] if product else [(opsets[i % len(opsets)], variants[i % len(variants)]) for i in range(longest)]

    def register(function):
        stem = function.__name__.strip("_")
        for opset, variant in pairs:
            label = "" if variant is None else f"_{variant[0] if isinstance(variant, tuple) else variant}"
            name = f"{stem}{label}_{opset}"

            def build(name=name, opset=opset, variant=variant):
                model = Model(name, opset, **options)
                result = function(model) if variant is None else function(model, variant)
                model.output(*([result] if isinstance(result, str) else result))
                return model

            CASES.append((name, kind, build))
        return function

    return register
