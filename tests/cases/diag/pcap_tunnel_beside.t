% pcap en10mb
geneve or port 53
port 53 or geneve
not vxlan and tcp
geneve and (tcp or udp)
----
expression:1:11: warning: behind 'geneve' and 'vxlan' this is asked of the packet in the tunnel, and never holds for one without; let it stand before them [never-matches]
  geneve or port 53
            ^~~~~~~
expression:1:15: warning: behind 'geneve' and 'vxlan' this is asked of the packet in the tunnel, and never holds for one without; let it stand before them [never-matches]
  not vxlan and tcp
                ^~~
