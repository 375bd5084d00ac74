"""A bitmap font of our own: the printable characters of ASCII, 5 by 7 dots each.

A character is a word of seven digits to the base 32, one a row from the top; a digit's five bits
are the row's dots from the left. So the A, EHHHVHH, has the rows 01110 10001 10001 10001 11111
10001 10001.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from ..inputs.needs_numpy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT = 5, 7
_FIRST = 32
_WORDS = """
0000000 4444404 AAA0000 AAVAVAA 4FKE5U4 OP248J3 CIK8LID 4480000
2488842 8422248 04LEL40 044V440 0000C48 000V000 00000CC 01248G0
EHJLPHE 4C4444E EH1248V V2421HE 26AIV22 VGU11HE 68GUHHE V124888
EHHEHHE EHHF12C 0CC0CC0 0CC0C48 248G842 00V0V00 8421248 EH12404
EH1DLLE EHHHVHH UHHUHHU EHGGGHE SIHHHIS VGGUGGV VGGUGGG EHGNHHF
HHHVHHH E44444E 72222IC HIKOKIH GGGGGGV HRLLHHH HHPLJHH EHHHHHE
UHHUGGG EHHHLID UHHUKIH FGGE11U V444444 HHHHHHE HHHHHA4 HHHLLLA
HHA4AHH HHHA444 V1248GV E88888E 0G84210 E22222E 4AH0000 000000V
8420000 00E1FHF GGMPHHU 00EGGHE 11DJHHF 00EHVGE 698S888 0FHHF1E
GGMPHHH 40C444E 20622IC GGIKOKI C44444E 00QLLHH 00MPHHH 00EHHHE
00UHUGG 00DJF11 00MPGGG 00EGE1U 88S8896 00HHHJD 00HHHA4 00HHLLA
00HA4AH 00HHF1E 00V248V 2448442 4444444 8442448 008L200 VHHHHHV
"""
# What a character without a picture looks like, the last one: a frame.
_GLYPHS = np.array(
    [
        [[int(digit, 32) >> bit & 1 for bit in (4, 3, 2, 1, 0)] for digit in word]
        for word in _WORDS.split()
    ],
    bool,
)


def text_mask(text: str, size: int = 1) -> NDArray[np.bool_]:
    """The dots of one line of text: 7·size rows, and 6·size - 1 columns a character, the gap's out.

    Letters with accents lose them; other characters that ASCII lacks are drawn as a frame.

    >>> print("\\n".join("".join(".#"[dot] for dot in row) for row in text_mask("Hi").tolist()))
    #...#...#..
    #...#......
    #...#..##..
    #####...#..
    #...#...#..
    #...#...#..
    #...#..###.
    """
    plain = [c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)]
    codes = [ord(c) - _FIRST if " " <= c <= "~" else len(_GLYPHS) - 1 for c in plain]
    dots = np.zeros((HEIGHT, len(codes), WIDTH + 1), bool)
    dots[:, :, :WIDTH] = _GLYPHS[codes].transpose(1, 0, 2)
    line = dots.reshape(HEIGHT, -1)[:, :-1] if codes else dots.reshape(HEIGHT, 0)
    mask: NDArray[np.bool_] = line.repeat(size, axis=0).repeat(size, axis=1)
    return mask
