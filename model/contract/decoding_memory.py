"""How many bytes decoding a photo takes at most, by its header: measured (Pillow 13, libjpeg-turbo, libheif 1.23)."""

from PIL import Image

from model.contract.structure import JPEG, JpegHead, jpeg_head

TILE_ROWS, TILE_COLUMNS = 256, 4096  # large photos are flattened in tiles of about so many pixels
TILE_BYTES = 20 * TILE_ROWS * TILE_COLUMNS  # a tile, and its copies while transparency is put over white

BYTES_OF_MODE = {"1": 1, "L": 1, "P": 1, "I;16": 2}  # per pixel; Pillow keeps 4 for all others
BYTES_OF_BMP = 4  # also with a palette: Pillow decodes run lengths into a string first
BYTES_OF_WEBP = 16  # libwebp's decoder of animations has two canvases, and Pillow copies twice
BYTES_OF_HEIF = {"RGBA": 21}  # and AVIF, with 10 bits and full colour, which a head may keep to itself; 16 for others
BYTES_OF_COEFFICIENT = 2
BYTES_OF_CODES, MOST_BYTES_OF_CODES = 1400, 250 * 2**20  # for each byte of a file, and in all
BYTES_OF_ARRAY = 7  # 3 for RGB, and 4 for Pillow's copy

FRAMES_IN_ONE_SCAN = (0xC0, 0xC1)  # baseline and extended sequential: they may have one scan


def bytes_of_jpeg(head: JpegHead, stored: tuple[int, int], size: int) -> int:
    """For a JPEG that libjpeg-turbo decodes at the smallest scale (1/8, 2/8, …) at which both sides reach `size`."""
    width, height = stored
    eighths = min(8, -(-8 * size // min(width, height)))
    return width * height * eighths**2 // 64 * BYTES_OF_ARRAY + _coefficient_bytes(head, width * height)


def bytes_of_photo(photo: Image.Image, stored: tuple[int, int], data: bytes) -> int:
    """For a photo that Pillow has opened, and will decode at `photo.size`, which may be smaller than it is stored."""
    pixels = photo.width * photo.height
    if photo.format == "WEBP":
        return pixels * BYTES_OF_WEBP + TILE_BYTES + _bytes_of_codes(data)
    if photo.format == "BMP":
        return pixels * BYTES_OF_BMP + TILE_BYTES
    coefficients = 0
    if data.startswith(JPEG):
        coefficients = _coefficient_bytes(jpeg_head(data), stored[0] * stored[1])
    return pixels * BYTES_OF_MODE.get(photo.mode, 4) + coefficients + TILE_BYTES


def bytes_of_heif(width: int, height: int, mode: str) -> int:
    """For a HEIC or AVIF photo that Pillow has opened as RGB or RGBA."""
    return width * height * BYTES_OF_HEIF.get(mode, 16) + TILE_BYTES


def _coefficient_bytes(head: JpegHead, pixels: int) -> int:
    """What libjpeg keeps until the last scan: nothing where a frame that is not progressive has one for all colours."""
    if head.frame in FRAMES_IN_ONE_SCAN and head.colours == head.colours_of_scan:
        return 0
    return pixels * head.colours * BYTES_OF_COEFFICIENT


def _bytes_of_codes(webp: bytes) -> int:
    """What libwebp keeps of the Huffman codes of a lossless photo, or of lossless transparency.

    A file names up to 65,536 groups of codes, which took 282 MiB in one of 256 kB. The most that was measured is 614
    MiB: to count that would refuse honest photos, so the largest such file takes more than its share.
    """
    if not any(chunk in webp for chunk in (b"VP8L", b"ALPH")):
        return 0
    return min(BYTES_OF_CODES * len(webp), MOST_BYTES_OF_CODES)
