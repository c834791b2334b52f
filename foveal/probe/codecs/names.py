"""Codec names (FFmpeg's) by container tag, and the facts that a codec alone determines."""

from __future__ import annotations

from foveal.probe.clean_text import clean_text
from foveal.probe.facts import Facts


def _by_tag(names: dict[str, str]) -> dict[bytes, str]:
    """Return the names by tag of four characters; an underscore stands for a blank."""
    return {tag.replace("_", " ").encode(): name for name, tags in names.items() for tag in tags.split()}


QUICKTIME_VIDEO = _by_tag({
    "h264": "avc1 avc2 avc3 avc4 dva1 dvav ai5p ai5q ai52 ai53 ai55 ai56 ai1p ai1q ai12 ai13 ai15 ai16 AVin aivx xalg",
    "hevc": "hvc1 hev1 dvh1 dvhe hvc2 hev2", "vvc": "vvc1 vvi1", "evc": "evc1", "av1": "av01 dav1",
    "vp8": "vp08 VP80", "vp9": "vp09 VP90", "vp6f": "VP6F", "vp6a": "VP6A", "flv1": "FLV1",
    "mpeg4": "mp4v DIVX XVID 3IV2", "msmpeg4v3": "DIV3 3IVD", "h263": "s263 h263 H263",
    "mpeg1video": "mpeg mp1v m1v_ m1v1",
    "mpeg2video": "mp2v m2v1 hdv1 hdv2 hdv3 hdv4 hdv5 hdv6 hdv7 hdv8 hdv9 hdva mx3n mx3p mx4n mx4p mx5n mx5p xdv1 xdv2"
    " xdv3 xdv4 xdv5 xdv6 xdv7 xdv8 xdv9 xdva xdvb xdvc xdvd xdve xdvf xd51 xd54 xd55 xd59 xd5a xd5b xd5c xd5d xd5e"
    " xd5f xdhd xdh2",
    "vc1": "vc-1 ovc1 WVC1", "wmv3": "WMV3",
    "mjpeg": "jpeg mjpa mjpg AVDJ AVRn dmb1", "mjpegb": "mjpb", "png": "png_ MNG_", "gif": "gif_", "tiff": "tiff",
    "targa": "tga_", "jpeg2000": "mjp2", "prores": "apch apcn apcs apco ap4h ap4x", "prores_raw": "aprn aprh",
    "dnxhd": "AVdn AVdh", "cfhd": "CFHD", "ffv1": "FFV1", "hap": "Hap1 Hap5 HapY HapA HapM", "dxv": "DXD3 DXDI",
    "dvvideo": "dvc_ dvcp dvpp dv5n dv5p dvhp dvhq dvh2 dvh3 dvh4 dvh5 dvh6 AVdv AVd1",
    "svq1": "SVQ1 svq1 svqi", "svq3": "SVQ3", "cinepak": "cvid", "qtrle": "rle_", "rpza": "rpza azpr", "smc": "smc_",
    "8bps": "8BPS", "indeo3": "IV32", "indeo5": "IV50", "aic": "icod", "dirac": "drac BBCD",
    "rawvideo": "raw_ 2vuy 2Vuy yuv2 yuvs yuvu b48r YV12 I420", "huffyuv": "HFYU", "ffvhuff": "FFVH",
    "v210": "v210", "v308": "v308", "v408": "v408",
    "v410": "v410", "r210": "r210", "r10k": "R10k", "utvideo": "ULRA ULRG ULY2 ULY0 ULH2 ULH0 UQY2 UQRA UQRG",
})  # fmt: skip

RIFF_VIDEO = _by_tag({
    "h264": "H264 X264 AVC1 DAVC SMV2 VSSH Q264 V264 GAVC UMSV TSHD INMC", "hevc": "HEVC H265 X265 HVC1 HEV1",
    "av1": "AV01", "vp8": "VP80", "vp9": "VP90", "vp3": "VP30 VP31", "vp5": "VP50", "vp6": "VP60 VP61 VP62",
    "vp6f": "VP6F FLV4", "flv1": "FLV1",
    "mpeg4": "FMP4 DIVX DX50 XVID MP4S M4S2 MP4V ZMP4 DIV1 BLZ0 UMP4 WV1F SEDG RMP4 3IV2 WAWV FFDS FVFW DCOD MVXM PM4V"
    " SMP4 DXGM VIDM M4T3 GEOX HDX4 DM4V DMK2 DYM4 DIGI EPHV EM4A M4CC SN40 VSPX ULDX GEOV SIPP SM4V XVIX DREX QMP4"
    " PLV1 GLV4 GMP4 MNM4 GTM4",
    "msmpeg4v3": "MP43 DIV3 MPG3 DIV5 DIV6 DIV4 DVX3 AP41 COL1 COL0", "msmpeg4v2": "MP42 DIV2",
    "msmpeg4v1": "MPG4 MP41",
    "h263": "H263 X263 T263 L263 VX1K ZYGO M263 LSVM", "h263i": "I263",
    "wmv1": "WMV1", "wmv2": "WMV2 GXVE", "wmv3": "WMV3", "vc1": "WVC1 WMVA",
    "mpeg1video": "MPG1 PIM1 BW10 XMPG",
    "mpeg2video": "MPG2 MPEG PIM2 VCR2 DVR_ MMES LMP2 SLIF EM2V M701 M702 M703 M704 M705 MPGV",
    "mjpeg": "MJPG JPEG LJPG IJPG ACDV QIVG SLMJ CJPG IJLV MVJP AVI1 AVI2 MTSJ ZJPG DMB1", "avrn": "AVRN",
    "jpegls": "MJLS", "jpeg2000": "MJ2C MJP2 LJ2C LJ2K IPJ2 AVJ2",
    "dvvideo": "DVSD DVHD DVH1 DVSL DV25 DV50 CDVC CDVH CDV5 DVC_ DVCS DVIS PDVC SL25 SLDV AVD1",
    "rawvideo": "I420 YUY2 Y422 V422 UYVY YV12 IYUV Y800 Y8__ HDYC YVU9 NV12 NV21 Y41B Y42B DIB_ YUNV UYNV UYNY 2VUY",
    "huffyuv": "HFYU", "ffvhuff": "FFVH", "ffv1": "FFV1",
    "utvideo": "ULRA ULRG ULY2 ULY0 ULY4 ULH2 ULH0 ULH4 UQY2 UQRA UQRG",
    "lagarith": "LAGS", "magicyuv": "M8RG M8RA M8G0 M8Y0 M8Y2 M8Y4", "cllc": "CLLC", "vble": "VBLE", "loco": "LOCO",
    "fraps": "FPS1", "zmbv": "ZMBV", "tscc": "TSCC", "tscc2": "TSC2", "cscd": "CSCD", "mszh": "MSZH", "zlib": "ZLIB",
    "indeo2": "RT21", "indeo3": "IV31 IV32", "indeo4": "IV41", "indeo5": "IV50", "cinepak": "CVID",
    "msvideo1": "CRAM MSVC WHAM", "msrle": "MRLE", "qpeg": "QPEG Q1.0 Q1.1", "vcr1": "VCR1", "asv1": "ASV1",
    "asv2": "ASV2", "snow": "SNOW", "theora": "THEO", "dirac": "DRAC", "png": "MPNG PNG1", "v210": "V210",
    "r210": "R210", "cfhd": "CFHD", "dnxhd": "AVDN AVDH", "prores": "APCN APCH APCS APCO AP4H", "cavs": "CAVS",
    "truemotion1": "DUCK PVEZ", "truemotion2": "TM20", "ulti": "ULTI", "mss1": "MSS1", "mss2": "MSS2",
    "cyuv": "CYUV", "cljr": "CLJR", "kmvc": "KMVC", "wnv1": "WNV1", "aasc": "AASC", "vixl": "VIXL XIXL", "vmnc": "VMNC",
    "xan_wc4": "XXAN", "hap": "HAP1 HAP5 HAPY HAPA HAPM", "g2m": "G2M2 G2M3 G2M4 G2M5",
}) | {b"\0\0\0\0": "rawvideo", b"\x01\0\0\0": "msrle", b"\x02\0\0\0": "msrle"}  # fmt: skip

QUICKTIME_AUDIO = _by_tag({
    "aac": "mp4a", "ac3": "ac-3 sac3", "eac3": "ec-3", "ac4": "ac-4", "opus": "Opus", "flac": "fLaC", "alac": "alac",
    "amr_nb": "samr", "amr_wb": "sawb", "mp3": ".mp3", "mp2": ".mp2", "dts": "dtsc dtsh dtsl dtse dtsx",
    "truehd": "mlpa", "mpegh_3d_audio": "mha1 mhm1", "pcm_s16le": "sowt", "pcm_s16be": "twos", "pcm_s24be": "in24",
    "pcm_s32be": "in32", "pcm_f32be": "fl32", "pcm_f64be": "fl64", "pcm_u8": "raw_", "pcm_mulaw": "ulaw",
    "pcm_alaw": "alaw", "adpcm_ima_qt": "ima4", "qdm2": "QDM2", "qdmc": "QDMC", "mace3": "MAC3", "mace6": "MAC6",
    "gsm": "agsm", "qcelp": "sqcp Qclp", "evrc": "sevc", "speex": "spex SPXN", "wmapro": "wma_", "vorbis": "XiVs",
})  # fmt: skip

RIFF_AUDIO = {
    0x02: "adpcm_ms", 0x06: "pcm_alaw", 0x07: "pcm_mulaw", 0x11: "adpcm_ima_wav", 0x22: "truespeech", 0x31: "gsm_ms",
    0x32: "gsm_ms", 0x42: "g723_1", 0x45: "adpcm_g726", 0x50: "mp2", 0x55: "mp3", 0x61: "adpcm_ima_dk4",
    0x62: "adpcm_ima_dk3", 0xFF: "aac", 0x130: "sipr", 0x160: "wmav1", 0x161: "wmav2", 0x162: "wmapro",
    0x163: "wmalossless", 0x270: "atrac3", 0x401: "imc", 0x402: "iac", 0x500: "avc", 0x501: "avc",
    0x566F: "vorbis", 0x674F: "vorbis", 0x6750: "vorbis", 0x6751: "vorbis", 0x676F: "vorbis", 0x6770: "vorbis",
    0x6771: "vorbis", 0x704F: "opus", 0x706D: "aac", 0x1600: "aac", 0x1602: "aac_latm", 0x2000: "ac3", 0x2001: "dts",
    0x2048: "sonic", 0xA106: "aac", 0xA109: "speex", 0xF1AC: "flac",
}  # fmt: skip

_EIGHT_BIT_YCBCR = frozenset({
    "vp8", "mpeg4", "h263", "h263i", "mpeg1video", "mpeg2video", "theora", "dvvideo", "svq1", "svq3", "flv1", "wmv1",
    "wmv2", "wmv3", "vc1", "msmpeg4v1", "msmpeg4v2", "msmpeg4v3", "cavs", "vp3", "vp5", "vp6", "vp6f",
})  # fmt: skip


def name_of(tag: bytes, names: dict[bytes, str]) -> str:
    """Return the codec name of a tag; the tag itself if it has none."""
    return names.get(tag) or (clean_text(tag) or "unknown").lower()


def set_fixed_depth(facts: Facts) -> None:
    """Set the facts of codecs whose streams all have 8 bits, luma and two chroma planes."""
    if facts.bit_depth is None and facts.codec in _EIGHT_BIT_YCBCR:
        facts.bit_depth, facts.num_channels, facts.colour_space = 8, 3, "ycbcr"
    elif facts.bit_depth is None and facts.codec == "mjpeg":
        facts.bit_depth = 8  # baseline, says OpenDML as QuickTime; it may be gray
