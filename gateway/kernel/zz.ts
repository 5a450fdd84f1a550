import { StoryNetwork } from "./story-network.ts";
import { KernelWatch } from "./kernel-watch.ts";
import { endSessions, dumpSessions } from "./conntrack-table.ts";
import { writeSysctl } from "./sysctl.ts";
import { runProgram } from "./run-program.ts";
import { openSocket, send, closeFile, socketType } from "./libc.ts";
await using net = await StoryNetwork.create();
for (const [k,v] of [["net.ipv4.ip_forward","1"],["net.ipv6.conf.all.forwarding","1"],["net.netfilter.nf_conntrack_acct","1"],["net.netfilter.nf_conntrack_timestamp","1"],["net.netfilter.nf_conntrack_events","1"]] as const) writeSysctl(k,v);
const r = await runProgram({program:"nft",arguments:["-f","-"],debianPackage:"nftables",timeoutMs:5000,outputBytesMax:1e6,input:`table inet merlon {
 chain f { type filter hook forward priority 0; policy drop
  ct state established,related accept
  udp dport 7000-60000 ct mark set 0x11 accept
  tcp dport 80 ct mark set 0x12 accept
  meta mark set 0x2 log group 5 prefix "deny" snaplen 96 queue-threshold 64 
 }
}
`});
console.log(r);
let n:Record<string,number>={}; const first:Record<string,unknown>={};
const t0=process.cpuUsage();
const watch = new KernelWatch(e=>{ n[e.kind]=(n[e.kind]??0)+1; first[e.kind]??=e; if (e.kind==="events-lost") console.log(e); });
console.log("buffer", watch.receiveBufferBytes);
const fd = net.at("client",()=>openSocket(2,socketType.datagram,0));
const addr=(port:number)=>Uint8Array.of(2,0,port>>8,port&255,10,2,1,2,0,0,0,0,0,0,0,0);
const t=performance.now();
for (let i=0;i<20000;i++) try { send(fd,new Uint8Array(10),0,addr(7000+i)); } catch (e:any) { if (e.code!=="ECONNREFUSED") throw e; }
for (let i=0;i<1000;i++) try { send(fd,new Uint8Array(10),0,addr(1+i)); } catch (e:any) { if (e.code!=="ECONNREFUSED") throw e; }
console.log("sent in",performance.now()-t);
await new Promise(r=>setTimeout(r,500));
console.log(n, process.cpuUsage(t0));
let c=0; for await (const b of dumpSessions()) c+=b.length; console.log("dump",c);
console.log("ended", await endSessions(new Set([0x11])), await endSessions(new Set([0x11])));
await new Promise(r=>setTimeout(r,300));
console.log(n, process.cpuUsage(t0));
for (const f of Object.values(first)) console.log(f);
watch[Symbol.dispose](); closeFile(fd);
