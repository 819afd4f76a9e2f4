"""Product cut-outs: alpha matte, clean foreground colours and a confidence to be honoured."""

from imaging.engines.studio.cutout.cut import MIN_CONFIDENCE, CutOut, cut_out

__all__ = ["MIN_CONFIDENCE", "CutOut", "cut_out"]
