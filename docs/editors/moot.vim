" Vim syntax of moot programs (*.moot).
if exists("b:current_syntax")
    finish
endif

syntax case match
syntax iskeyword @,48-57,_,-,39,?,!

syntax keyword mootTodo TODO FIXME contained
syntax keyword mootDeclaration edition party param input output precision use from to
syntax keyword mootType bool int fix key known public secret
syntax keyword mootBoolean true false
syntax keyword mootTest test expect

" begin: written by tests/tools/derived_words.py
syntax keyword mootControl call fold for if map reduce scan times until when
syntax keyword mootWord abs align all and any append argmax argmin at auc bi both clamp coin
syntax keyword mootWord confusion correlation count covariance dense dip div dot drop dup exp fill
syntax keyword mootWord flat floor gaussian gaussian-for group-sum histogram inverse inverse-mod
syntax keyword mootWord iota join keep laplace length ln lookup mask match max maximum mean median
syntax keyword mootWord member min minimum mod neg nip not onehot or order outer over permutation?
syntax keyword mootWord pool power power-mod product put quantile rank relu reshape reverse ridge
syntax keyword mootWord round select show shuffle sigmoid skip slice solve sort sort-by sort-down sq
syntax keyword mootWord sqrt standardise sum sums swap take tanh top total transpose uniform
syntax keyword mootWord variance xor zeros
syntax match mootSymbol /\%(^\|\s\)\@1<=\%(\*\|+\|-\|\/\|<\|<=\|<>\|=\|>\|>=\)\ze\%(\s\|$\)/
" end: written

syntax keyword mootReveal reveal nextgroup=mootOutput skipwhite
syntax match mootOutput /\k\+/ contained
syntax match mootBinding /\%(^\|\s\)\@1<=->\ze\%(\s\|$\)/
syntax match mootNumber /\%(^\|\s\)\@1<=-\=\d[0-9_]*\%(\.\d\+\)\=\%(e-\=\d\+\)\=\%(\.\.-\=\d[0-9_]*\%(\.\d\+\)\=\%(e-\=\d\+\)\=\)\=\ze\%(\s\|$\)/
syntax match mootDefinition /\%(^\|\s\)\@1<=:\s\+\S\+\ze\s\+(\s/ contains=mootDefinitionMark
syntax match mootDefinitionMark /:/ contained
syntax match mootDefinitionMark /\%(^\|\s\)\@1<=;\ze\%(\s\|$\)/
syntax region mootEffect start=/\%(^\|\s\)\@1<=(\ze\%(\s\|$\)/ end=/\%(^\|\s\)\@1<=)\ze\%(\s\|$\)/ contains=mootType,mootComment
syntax match mootQuotation /\%(^\|\s\)\@1<=[][]\ze\%(\s\|$\)/
syntax match mootVector /\%(^\|\s\)\@1<=[{}]\ze\%(\s\|$\)/
syntax region mootString start=/"/ skip=/\\./ end=/"\|$/ oneline contains=mootEscape
syntax match mootEscape /\\["\\n]/ contained
syntax match mootComment /\%(^\|\s\)\@1<=#.*$/ contains=mootTodo,@Spell
syntax match mootDoc /\%(^\|\s\)\@1<=##.*$/ contains=mootTodo,@Spell

highlight default link mootTodo Todo
highlight default link mootDeclaration Statement
highlight default link mootType Type
highlight default link mootBoolean Boolean
highlight default link mootTest PreProc
highlight default link mootControl Conditional
highlight default link mootWord Function
highlight default link mootSymbol Operator
highlight default link mootReveal Exception
highlight default link mootOutput Identifier
highlight default link mootBinding Operator
highlight default link mootNumber Number
highlight default link mootDefinition Identifier
highlight default link mootDefinitionMark Statement
highlight default link mootEffect Special
highlight default link mootQuotation Delimiter
highlight default link mootVector Delimiter
highlight default link mootString String
highlight default link mootEscape SpecialChar
highlight default link mootComment Comment
highlight default link mootDoc SpecialComment

let b:current_syntax = "moot"
