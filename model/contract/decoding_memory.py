"""How many bytes decoding a photo takes at most, by its header: measured (Pillow 13, libjpeg-turbo, libheif 1.23)."""

from PIL import Image

TILE_ROWS, TILE_COLUMNS = 256, 4096  # large photos are flattened in tiles of about so many pixels
TILE_BYTES = 20 * TILE_ROWS * TILE_COLUMNS  # a tile, and its copies while transparency is put over white

BYTES_OF_MODE = {"1": 1, "L": 1, "P": 1, "I;16": 2}  # per pixel; Pillow keeps 4 for all others
BYTES_OF_BMP = 4  # also with a palette: Pillow decodes run lengths into a string first
BYTES_OF_WEBP = 16  # libwebp's decoder of animations has two canvases, and Pillow copies twice
BYTES_OF_HEIF = {"RGBA": 21}  # and AVIF, with 10 bits and full colour, which a head may keep to itself; 16 for others
BYTES_OF_COEFFICIENT = 2
BYTES_OF_ARRAY = 7  # 3 for RGB, and 4 for Pillow's copy

# markers of JPEG (ITU T.81, table B.1)
FRAMES_IN_ONE_SCAN = (0xC0, 0xC1)  # baseline and extended sequential: they may have one scan
TABLES = (0xC4, 0xDB, 0xDD)
START_OF_SCAN, FIRST_APPLICATION = 0xDA, 0xE0


def bytes_of_jpeg(jpeg: bytes, stored: tuple[int, int], colours: int, size: int) -> int:
    """For a JPEG that libjpeg-turbo decodes at the smallest scale (1/8, 2/8, …) at which both sides reach `size`."""
    width, height = stored
    eighths = min(8, -(-8 * size // min(width, height)))
    return width * height * eighths**2 // 64 * BYTES_OF_ARRAY + _coefficient_bytes(jpeg, width * height, colours)


def bytes_of_photo(photo: Image.Image, stored: tuple[int, int], data: bytes) -> int:
    """For a photo that Pillow has opened, and will decode at `photo.size`, which may be smaller than it is stored."""
    pixels = photo.width * photo.height
    if photo.format == "WEBP":
        return pixels * BYTES_OF_WEBP + TILE_BYTES
    if photo.format == "BMP":
        return pixels * BYTES_OF_BMP + TILE_BYTES
    coefficients = 0
    if photo.format == "JPEG":
        coefficients = _coefficient_bytes(data, stored[0] * stored[1], len(photo.getbands()))
    return pixels * BYTES_OF_MODE.get(photo.mode, 4) + coefficients + TILE_BYTES


def bytes_of_heif(width: int, height: int, mode: str) -> int:
    """For a HEIC or AVIF photo that Pillow has opened as RGB or RGBA."""
    return width * height * BYTES_OF_HEIF.get(mode, 16) + TILE_BYTES


def _coefficient_bytes(jpeg: bytes, pixels: int, colours: int) -> int:
    """What libjpeg keeps until the last scan: nothing where the frame is not progressive and one scan has all colours.

    Whatever is not an ordinary header counts as several scans.
    """
    place, in_frame = 2, 0
    while place + 10 <= len(jpeg) and jpeg[place] == 0xFF:
        marker, length = jpeg[place + 1], int.from_bytes(jpeg[place + 2 : place + 4])
        if marker == START_OF_SCAN and jpeg[place + 4] == in_frame:
            return 0
        if marker in FRAMES_IN_ONE_SCAN:
            in_frame = jpeg[place + 9]
        elif marker < FIRST_APPLICATION and marker not in TABLES:
            break
        place += 2 + length
    return pixels * colours * BYTES_OF_COEFFICIENT
