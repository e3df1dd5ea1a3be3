% cbpf
	ldb [0]
	jeq #6, read
	st M[3]
read:	ld M[3]
	ret a
----
rules:4:7: error: the kernel refuses instruction 3: reads scratch that some way to here has not written [bpf-program]
  read:	ld M[3]
       	^~~~~~~
