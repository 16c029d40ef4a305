# Files whose kernels are built for processors with wider vectors, and chosen at run time (runtime/bits.c,
# runtime/field.c, runtime/gf60.c).
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64|AMD64")
    set_source_files_properties(runtime/bits_avx2.c runtime/p61_avx2.c PROPERTIES COMPILE_OPTIONS "-mavx2")
    set_source_files_properties(runtime/bits_avx512.c runtime/p61_avx512.c PROPERTIES
        COMPILE_OPTIONS "-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-mprefer-vector-width=512")
    set_source_files_properties(runtime/bits_gfni.c PROPERTIES
        COMPILE_OPTIONS "-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-mavx512vbmi;-mgfni;-mpclmul;-mvpclmulqdq;-mprefer-vector-width=512")
    set_source_files_properties(runtime/gf60_vclmul.c PROPERTIES
        COMPILE_OPTIONS "-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-mpclmul;-mvpclmulqdq;-mprefer-vector-width=512")
    set_source_files_properties(runtime/p61_ifma.c PROPERTIES
        COMPILE_OPTIONS "-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-mavx512ifma;-mprefer-vector-width=512")
    set_source_files_properties(runtime/gf60_clmul.c PROPERTIES COMPILE_OPTIONS "-mpclmul;-msse4.1")
endif()
