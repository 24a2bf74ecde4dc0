// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file belongs to its VM, which it holds. Who maps it finds a page as long as the guest does not
 * have it, and while the guest shares it: EL2 is asked. Anything else is SIGBUS, and an error for
 * get_user_pages() and all that rests on it, before any of them touches the page.
 */
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/falloc.h>	/* needs the types of what is above */
#include <linux/fs_context.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "compat.h"
#include "el2/call.h"
#include "el2/offline.h"
#include "gmem_file.h"
#include "gmem_pages.h"

#define GMEM_MAGIC	0x444a474d
#define GMEM_FLAGS	(GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED)

static struct vfsmount *mount;

/* -- Faults of the host's users -- */

static void interrupt(void *unused)
{
}

/*
 * Until no vCPU runs that may take back one of these pages, which it shares: it is interrupted. As
 * the caller has the lock, none begins to.
 */
static void wait_for_recalls(struct gmem *g, unsigned long first, unsigned long last)
{
	struct vcpu *vcpu;
	unsigned int i;

	for (i = 0; i < DONJON_MAX_VCPUS; i++) {
		vcpu = READ_ONCE(g->vm->vcpus[i]);
		while (vcpu && smp_load_acquire(&vcpu->recalled) == g &&
		       vcpu->recalled_first <= last && first <= vcpu->recalled_last) {
			if (READ_ONCE(vcpu->in_guest))
				smp_call_function_single(READ_ONCE(vcpu->cpu), interrupt, NULL, 1);
			usleep_range(20, 100);
		}
	}
}

/* How many pages from there on the guest shares, at most room. -EAGAIN: EL2 is about to say. */
static int shared_pages(const struct gmem_block *b, unsigned int at, unsigned int room)
{
	struct page *page = gmem_page(b, at);
	u64 pa = page_to_phys(page);
	struct hyp_result r = hyp_call(DONJON_HC_LEDGER, pa);
	unsigned int n;

	if (!r.code && r.x2 == DONJON_PAGE_CLEANING)
		return -EAGAIN;
	if (r.code || r.x2 != DONJON_PAGE_GUEST_SHARED)
		return -EFAULT;
	room = min_t(u64, room, PHYS_PFN(r.x1 - pa));
	for (n = 1; n < room && test_bit(at + n, b->given) && gmem_page(b, at + n) == page + n; n++)
		;
	return n;
}

/* How many pages from there on are the host's, at most room. */
static int own_pages(const struct gmem_block *b, unsigned int at, unsigned int room)
{
	unsigned int n;

	for (n = 1; n < room && !test_bit(at + n, b->given) && gmem_page(b, at + n); n++)
		;
	return n;
}

/* The page that a user has touched, and those behind it that are as good, for one fault. */
static int insert_pages(struct gmem *g, struct vm_fault *vmf)
{
	unsigned long index = vmf->pgoff, address = vmf->address & PAGE_MASK, left;
	unsigned int at = index % RAM_BLOCK_PAGES;
	unsigned int room = min3(RAM_BLOCK_PAGES - at, g->size - index,
				 PHYS_PFN(vmf->vma->vm_end - address));
	struct gmem_block *b = gmem_block(g, index);
	bool given = b && test_bit(at, b->given);
	int ret;

	if (!given && !(g->flags & GUEST_MEMFD_FLAG_INIT_SHARED))
		return -EFAULT;
	ret = given ? 0 : gmem_alloc(g, index);
	if (ret)
		return ret;
	b = gmem_block(g, index);
	if (given)
		wait_for_recalls(g, index, index + room - 1);
	room = ret = given ? shared_pages(b, at, room) : own_pages(b, at, room);
	if (ret < 0)
		return ret;
	ret = gmem_split(g, b);
	if (ret)
		return ret;
	if (given)
		offline_clear(b->pages[at], room);
	left = room;
	ret = vm_insert_pages(vmf->vma, address, b->pages + at, &left);
	/* Some are there: this thread's or, EBUSY, another's. */
	return left < room || ret == -EBUSY ? 0 : ret;
}

static vm_fault_t gmem_fault(struct vm_fault *vmf)
{
	struct gmem *g = file_inode(vmf->vma->vm_file)->i_private;
	int ret = -EFAULT;

	mutex_lock(&g->lock);
	if (vmf->pgoff < g->size && !g->dead)
		ret = insert_pages(g, vmf);
	mutex_unlock(&g->lock);
	/* Not VM_FAULT_OOM: the kernel would repeat the access until something is killed. */
	return !ret || ret == -EAGAIN ? VM_FAULT_NOPAGE : VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct gmem_vm_ops = { .fault = gmem_fault };

/* -- Calls on the file -- */

static int gmem_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct gmem *g = file_inode(file)->i_private;

	if (!(g->flags & GUEST_MEMFD_FLAG_MMAP))
		return -ENODEV;
	if ((vma->vm_flags & (VM_SHARED | VM_MAYSHARE)) != (VM_SHARED | VM_MAYSHARE))
		return -EINVAL;
	add_vm_flags(vma, VM_MIXEDMAP | VM_DONTDUMP);
	vma->vm_ops = &gmem_vm_ops;
	return 0;
}

/* Whether EL2 has a page from first to last. */
static bool any_given(struct gmem *g, unsigned long first, unsigned long last)
{
	struct gmem_block *b;
	unsigned long n, base, end;

	xa_for_each_range(&g->blocks, n, b, first / RAM_BLOCK_PAGES, last / RAM_BLOCK_PAGES) {
		base = n * RAM_BLOCK_PAGES;
		end = min(last - base, RAM_BLOCK_PAGES - 1) + 1;
		if (find_next_bit(b->given, end, max(first, base) - base) < end)
			return true;
	}
	return false;
}

static int punch(struct gmem *g, struct inode *inode, unsigned long first, unsigned long last)
{
	int ret = -EPERM;

	mutex_lock(&g->lock);
	if (!any_given(g, first, last)) {
		unmap_mapping_range(inode->i_mapping, PFN_PHYS(first), PFN_PHYS(last - first + 1),
				    1);
		ret = gmem_free_pages(g, first, last);
	}
	mutex_unlock(&g->lock);
	return ret;
}

static int allocate(struct gmem *g, unsigned long first, unsigned long last)
{
	unsigned long index;
	int ret = 0;

	for (index = first; !ret && index <= last; index++) {
		mutex_lock(&g->lock);
		ret = g->dead ? -EIO : gmem_alloc(g, index);
		mutex_unlock(&g->lock);
		if (!ret && signal_pending(current))
			ret = -EINTR;
		cond_resched();
	}
	return ret;
}

static long gmem_fallocate(struct file *file, int mode, loff_t offset, loff_t length)
{
	struct inode *inode = file_inode(file);
	struct gmem *g = inode->i_private;
	unsigned long first = offset >> PAGE_SHIFT, last = ((offset + length) >> PAGE_SHIFT) - 1;

	if (!(mode & FALLOC_FL_KEEP_SIZE) ||
	    (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)))
		return -EOPNOTSUPP;
	if ((offset | length) & ~PAGE_MASK)
		return -EINVAL;
	if (mode & FALLOC_FL_PUNCH_HOLE)
		return first < g->size ? punch(g, inode, first, min(last, g->size - 1)) : 0;
	return last < g->size ? allocate(g, first, last) : -EINVAL;
}

static void gmem_destroy(struct gmem *g)
{
	list_del(&g->list);
	mem_cgroup_put(g->memcg);
	kfree(g);
}

/* What the guest has stays until the VM ends. */
static int gmem_release(struct inode *inode, struct file *file)
{
	struct gmem *g = inode->i_private;
	struct vm *vm = g->vm;

	mutex_lock(&vm->mem_lock);
	mutex_lock(&g->lock);
	g->inode = NULL;
	gmem_free_pages(g, 0, ULONG_MAX);
	mutex_unlock(&g->lock);
	if (!g->bound)
		gmem_destroy(g);
	mutex_unlock(&vm->mem_lock);
	vm_put(vm);
	return 0;
}

static const struct file_operations gmem_fops = {
	.owner = THIS_MODULE,
	.mmap = gmem_mmap,
	.fallocate = gmem_fallocate,
	.release = gmem_release,
};

/* Neither its size nor its mode changes. The first arguments differ between the kernels. */
static int gmem_setattr(setattr_idmap_t *idmap, struct dentry *dentry, struct iattr *attr)
{
	return -EINVAL;
}

static const struct inode_operations gmem_iops = { .setattr = gmem_setattr };

/* -- Creation -- */

static struct gmem *gmem_new(struct vm *vm, const struct kvm_create_guest_memfd *args)
{
	struct gmem *g = kzalloc(sizeof(*g), GFP_KERNEL_ACCOUNT);

	if (!g)
		return NULL;
	g->vm = vm;
	g->flags = args->flags;
	g->size = args->size >> PAGE_SHIFT;
	g->memcg = get_mem_cgroup_from_mm(vm->mm);
	mutex_init(&g->lock);
	xa_init(&g->blocks);
	return g;
}

/* The file, which has the VM and the module then, or an error: nothing has changed. */
static struct file *open_file(struct gmem *g)
{
	struct inode *inode = alloc_anon_inode(mount->mnt_sb);
	struct file *file;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	inode->i_mode |= S_IFREG;
	inode->i_size = PFN_PHYS(g->size);
	inode->i_op = &gmem_iops;
	/* The end of the file puts the module: it must hold it from the beginning. */
	__module_get(THIS_MODULE);
	file = alloc_file_pseudo(inode, mount, "[kvm-gmem]", O_RDWR, &gmem_fops);
	if (IS_ERR(file)) {
		module_put(THIS_MODULE);
		iput(inode);
		return file;
	}
	file->f_flags |= O_LARGEFILE;
	inode->i_private = g;
	g->inode = inode;
	vm_get(g->vm);
	return file;
}

int gmem_create(struct vm *vm, const struct kvm_create_guest_memfd *args)
{
	struct file *file;
	struct gmem *g;
	int fd;

	if (!vm->protected || args->flags & ~GMEM_FLAGS)
		return -EINVAL;
	if ((s64)args->size <= 0 || args->size & ~PAGE_MASK)
		return -EINVAL;
	/* As in KVM, an exec() keeps it. */
	fd = get_unused_fd_flags(0);
	if (fd < 0)
		return fd;
	g = gmem_new(vm, args);
	file = g ? open_file(g) : ERR_PTR(-ENOMEM);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		if (g)
			mem_cgroup_put(g->memcg);
		kfree(g);
		return PTR_ERR(file);
	}
	mutex_lock(&vm->mem_lock);
	list_add(&g->list, &vm->gmems);
	mutex_unlock(&vm->mem_lock);
	fd_install(fd, file);
	return fd;
}

static struct gmem *check_bind(struct vm *vm, struct file *file, u64 offset, u64 size)
{
	struct gmem *g = file_inode(file)->i_private;
	unsigned int i;

	if (file->f_op != &gmem_fops || g->vm != vm || !(g->flags & GUEST_MEMFD_FLAG_MMAP))
		return ERR_PTR(-EINVAL);
	if (offset + size < offset || offset + size > PFN_PHYS(g->size))
		return ERR_PTR(-EINVAL);
	for (i = 0; i < DONJON_MAX_RAM_RANGES; i++) {
		const struct memslot *slot = &vm->slots[i];

		if (slot->size && slot->gmem == g && offset < slot->offset + slot->size &&
		    slot->offset < offset + size)
			return ERR_PTR(-EEXIST);
	}
	g->bound = true;
	return g;
}

/* Whether single pages are wanted where it is mapped: madvise(MADV_NOHUGEPAGE). */
static bool wants_single(u64 hva)
{
	struct vm_area_struct *vma;
	bool ret;

	mmap_read_lock(current->mm);
	vma = vma_lookup(current->mm, hva);
	ret = vma && (vma->vm_flags & VM_NOHUGEPAGE);
	mmap_read_unlock(current->mm);
	return ret;
}

struct gmem *gmem_bind(struct vm *vm, int fd, u64 offset, u64 size, u64 hva)
{
	struct file *file = fget(fd);
	struct gmem *g;

	if (!file)
		return ERR_PTR(-EBADF);
	g = check_bind(vm, file, offset, size);
	fput(file);
	if (!IS_ERR(g) && wants_single(hva)) {
		mutex_lock(&g->lock);
		g->single = true;
		mutex_unlock(&g->lock);
	}
	return g;
}

void gmem_free(struct vm *vm)
{
	struct gmem *g, *next;

	list_for_each_entry_safe(g, next, &vm->gmems, list)
		gmem_destroy(g);
}

/* -- The module -- */

static int gmem_init_fs(struct fs_context *fc)
{
	fc->s_iflags |= SB_I_NOEXEC;
	return init_pseudo(fc, GMEM_MAGIC) ? 0 : -ENOMEM;
}

/* Without an owner: the mount would hold the module for ever. */
static struct file_system_type gmem_fs = {
	.name = "donjon-gmem",
	.init_fs_context = gmem_init_fs,
	.kill_sb = kill_anon_super,
};

int gmem_file_init(void)
{
	mount = kern_mount(&gmem_fs);
	return PTR_ERR_OR_ZERO(mount);
}

void gmem_file_exit(void)
{
	kern_unmount(mount);
}
